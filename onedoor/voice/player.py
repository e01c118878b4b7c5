"""The program that has the loudspeaker: `onedoor voice play`, one wish a line in, one answer a line out.

Policy. It is a process of its own, started by whoever wants something said: a sound card that hangs or is unplugged
stops this process and nothing else. A wish is `{"id": 7, "parts": [["en", ["call_number", ...]]], "volume": 3, "chime":
true}`; the answer, when it has been heard, is `{"id": 7, "said": true}`, or false if the loudspeaker would not. With
`file:PATH` as its loudspeaker it keeps the very samples there (mono, 16 bit), one wish after the other, and what they
were in `PATH.said`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from onedoor.voice.pack import RATES, Clip, chime, joined, slower
from onedoor.voice.speaker import STEPS_DB, louder, spoken

LONGEST_S = 30.0
POLITE = 5
"""The screen that shows the call goes first."""


def sound_of(wish: dict[str, Any], packs: Path) -> Clip | None:
    """Everything of a wish as one clip at one rate; None: it is to be silent. Clips are made as loud as wanted once:
    what is left for each call is to put them one behind the other.
    """
    gain = STEPS_DB.get(int(wish.get("volume", 2)))
    if gain is None:
        return None
    clips = [_chime(gain)] * bool(wish.get("chime"))
    clips += [joined(_ready(packs / lang, str(token), gain) for token in tokens) for lang, tokens in wish["parts"]]
    return joined(clips, 250)


@lru_cache(maxsize=512)
def _ready(pack: Path, token: str, gain_db: float) -> Clip:
    return louder(slower(spoken(pack, (token,))), gain_db)


@lru_cache(maxsize=8)
def _chime(gain_db: float) -> Clip:
    return louder(chime(RATES[0]), gain_db)


def play(clip: Clip, out: str) -> bool:
    """Let it be heard; whether the loudspeaker took all of it."""
    if out.startswith("file:"):
        with open(out.removeprefix("file:"), "ab") as kept:
            kept.write(clip.samples.tobytes())
        return True
    argv = ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(clip.rate), "-"]
    try:
        done = subprocess.run(argv, input=clip.samples.tobytes(), timeout=LONGEST_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        print(f"the loudspeaker: {wrong}", file=sys.stderr)
        return False
    return done.returncode == 0


def serve(wishes: Iterable[str], answers: TextIO, packs: Path, out: str) -> None:
    """Say one wish after the other until there are no more; what cannot be read is answered, never the end."""
    os.nice(POLITE)
    for line in wishes:
        number, said = 0, False
        try:
            wish = json.loads(line)
            number = int(wish["id"])
            clip = sound_of(wish, packs)
            said = clip is not None and play(clip, out)
            if said and out.startswith("file:"):
                with open(f"{out.removeprefix('file:')}.said", "a", encoding="utf-8") as kept:
                    kept.write(json.dumps({**wish, "samples": len(clip.samples) if clip else 0}) + "\n")
        except (ValueError, KeyError, TypeError, OSError) as wrong:
            print(f"cannot be said: {wrong}", file=sys.stderr)
        answers.write(json.dumps({"id": number, "said": said}) + "\n")
        answers.flush()
