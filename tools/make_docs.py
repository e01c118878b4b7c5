"""Writes the parts of docs/ that follow from code (`make docs`); a test keeps them current."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from onedoor import __version__
from onedoor.hall.kinds import KINDS
from onedoor.hall.visit import FINAL, TABLE
from onedoor.wire import messages as msg
from onedoor.wire.topics import ROOT, Topics
from reports import definitions, pack

ROOT_DIR = Path(__file__).resolve().parent.parent
DOCS = ROOT_DIR / "docs"
NOTE = "<!-- Written by `make docs` from the code. Do not edit. -->\n"


def visit_md() -> str:
    """The visit's table as a diagram."""
    lines = [NOTE, "# The life of a visit\n", "From `onedoor/hall/visit.py`; what is not drawn is refused.\n"]
    lines += ["```mermaid", "stateDiagram-v2", "    [*] --> waiting: issue"]
    for phase, moves in TABLE.items():
        lines += [
            f"    {phase.value} --> {after.value}: {what.value}" for what, after in moves.items() if after != phase
        ]
    lines += [f"    {phase.value} --> [*]" for phase in sorted(FINAL)]
    lines += ["```\n", "| state | move | next |", "|---|---|---|"]
    lines += [f"| {p.value} | {w.value} | {a.value} |" for p, moves in TABLE.items() for w, a in moves.items()]
    return "\n".join(lines) + "\n"


def indicators_md() -> str:
    """Every indicator with its definition: the docstring of the function that computes it."""
    return NOTE + "\n" + definitions.page()


TOPICS: dict[str, tuple[str, type, bool, str]] = {
    "presence": ("dev/{dev}/state", msg.Presence, True, "birth and last will of a box, also for the hub"),
    "info": ("dev/{dev}/info", msg.Info, True, "role and software of a box"),
    "batch": ("jrn/{dev}/batch", msg.Batch, False, "journal rows, box to hub"),
    "mark": ("jrn/{dev}/mark", msg.Mark, True, "watermark and answers, hub to box"),
    "ask": ("ask/{dev}", msg.Question, False, "a question about a ticket just issued"),
    "answer": ("ans/{dev}", msg.Answer, False, "its answer"),
    "beacon": ("beacon", msg.Beacon, True, "who leads, and how far it is"),
    "pulse": ("pulse", msg.Pulse, False, "the hub lives, every second"),
    "day": ("state/all/day", msg.DayNews, True, "the day's public figures, the head's word, double calls"),
    "seal": ("seal", msg.Seal, True, "the newest signed head of the log"),
    "waiting": ("state/all/waiting", msg.Waiting, True, "how many wait, the first of them, who is open"),
    "called": ("state/all/called", msg.CalledNews, True, "the newest calls"),
    "counters": ("state/all/counters", msg.CountersNews, True, "every counter and whom it serves"),
    "copy_head": ("cpy/{dev}/head", msg.CopyHead, False, "what a spare has of the log"),
    "copy_rows": ("cpy/{dev}/rows", msg.CopyRows, False, "the log's next rows, hub to spare"),
    "copy_wanted": ("cpy/{dev}/want", msg.CopyWanted, False, "a hub that starts asks the spare for the log's end"),
    "copy_tail": ("cpy/{dev}/tail", msg.CopyRows, False, "the spare's answer"),
    "copy_offer": ("cpy/{dev}/offer", msg.CopyOffer, False, "devices' rows of a branch that was put aside"),
}

BY_HUB = (
    "mark",
    "answer",
    "beacon",
    "pulse",
    "day",
    "seal",
    "waiting",
    "called",
    "counters",
    "copy_rows",
    "copy_wanted",
)


def asyncapi() -> str:
    """The contract as an AsyncAPI 3 document."""
    kinds = sorted({kind for _, kind, _, _ in TOPICS.values()}, key=lambda k: k.__name__)
    events = sorted(set(KINDS.values()), key=lambda k: k.__name__)
    _, schemas = msgspec.json.schema_components([*kinds, *events], ref_template="#/components/schemas/{name}")
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, (path, kind, retained, summary) in TOPICS.items():
        parameters = {"center": {"description": "name of the center"}}
        if "{dev}" in path:
            parameters["dev"] = {"description": "name of the box"}
        channels[name] = {
            "address": f"{ROOT}/{{center}}/{path}",
            "description": summary,
            "parameters": parameters,
            "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
        }
        by_hub = name in BY_HUB
        operations[f"{'hub' if by_hub else 'box'}_{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "bindings": {"mqtt": {"qos": 1, "retain": retained}},
        }
    messages = {
        kind.__name__: {
            "contentType": "application/json",
            "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
            "x-max-bytes": msg.LIMITS[kind],
        }
        for kind in kinds
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "OneDoor Queue", "version": __version__, "description": f"Contract version {msg.VERSION}"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
        "x-row-kinds": {kind: cls.__name__ for kind, cls in sorted(KINDS.items())},
    }
    assert Topics("c").batch("d") == channels["batch"]["address"].format(center="c", dev="d")
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


VERIFIER = ROOT_DIR / "reports" / "evaluator_verify.py"
SUM_FILE = ROOT_DIR / "onedoor" / "data" / "verify.sha256"


def verifier() -> str:
    """The stranger's verifier with the sums of the texts that are the same in every pack."""
    sql = (ROOT_DIR / "reports" / "recompute.sql").read_bytes()
    texts = {"README.txt": pack.README.encode(), "definitions.md": definitions.page().encode(), "recompute.sql": sql}
    lines = "".join(f'    "{name}": "{hashlib.sha256(text).hexdigest()}",\n' for name, text in texts.items())
    return re.sub(r"TEXTS = \{\n.*?\}", f"TEXTS = {{\n{lines}}}", VERIFIER.read_text("utf-8"), count=1, flags=re.DOTALL)


def verifier_sum() -> str:
    """The verifier's own sum, which slips and docs carry."""
    return hashlib.sha256(verifier().encode()).hexdigest() + "\n"


PAGES = {"verify.sha256": verifier_sum, "visit.md": visit_md, "indicators.md": indicators_md, "asyncapi.json": asyncapi}


def stale() -> list[str]:
    """Pages that are not what the code says."""
    texts = {VERIFIER: verifier, SUM_FILE: verifier_sum} | {DOCS / name: page for name, page in PAGES.items()}
    return [path.name for path, page in texts.items() if not path.exists() or path.read_text("utf-8") != page()]


def main() -> int:
    VERIFIER.write_text(verifier(), encoding="utf-8")
    SUM_FILE.write_text(verifier_sum(), encoding="utf-8")
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
