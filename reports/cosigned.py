"""What witnesses have signed of a log: a file of notes beside it.

Policy. A note is kept only if the log's own seal has the same text, whoever brings it: lines are added to it and never
taken away. Whether a witness's line is genuine is for whoever checks to say, with a key that he has from elsewhere.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from onedoor.wire.messages import Seal
from onedoor.wire.notes import Note, checkpoint_of, note_of, notes_in

CHECKPOINTS = "checkpoints.txt"


def kept(folder: Path) -> list[Note]:
    """The notes beside a log, by their size. WireError if the file is no file of notes."""
    path = folder / CHECKPOINTS
    return notes_in(path.read_text(encoding="utf-8")) if path.exists() else []


def joined(notes: Iterable[Note], seals: Iterable[Seal]) -> tuple[list[Note], int]:
    """Notes of one text as one, with all their lines; and how many are of no seal of this log."""
    own = {note.text: note for note in (note_of(seal.note) for seal in seals if seal.note)}
    found: dict[str, Note] = {}
    strange = 0
    for note in notes:
        if note.text not in own:
            strange += 1
            continue
        before = found.get(note.text, own[note.text])
        found[note.text] = replace(before, lines=tuple(dict.fromkeys((*before.lines, *note.lines))))
    return sorted(found.values(), key=lambda note: checkpoint_of(note.text).size), strange


def write(notes: Iterable[Note], folder: Path) -> int:
    """Keep notes beside a log; how many."""
    texts = [str(note) for note in notes]
    if texts:
        (folder / CHECKPOINTS).write_text("\n".join(texts), encoding="utf-8")
    return len(texts)
