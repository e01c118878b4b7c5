"""The log for process miners: XES (IEEE 1849-2023) and OCEL 2.0.

Policy. A case is a visit, an activity the queue in which it stands, and the standard lifecycle says what happened
there; so a miner finds the route of a service without knowing anything of us. OCEL adds what XES cannot say: one call
touches a visit, a counter and a service at once.
"""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from reports.cells import printable
from reports.dates import stamp
from reports.tables import STEP_COLUMNS, Row, Table

AT = {name: i for i, (name, _) in enumerate(STEP_COLUMNS)}
EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
)
TRACE = ("center", "service", "class", "language", "intent", "left_out")
OWN = {"note": "onedoor:note", "log_row": "onedoor:log_row", "leg": "onedoor:leg", "step": "onedoor:step",
       "quality": "onedoor:quality", "dated": "onedoor:dated"}  # fmt: skip


def _visits(table: Table) -> Iterator[tuple[str, list[Row]]]:
    """The steps of each visit; counters' own steps belong to none."""
    for visit, rows in groupby((row for row in table.rows if row[AT["visit"]]), key=lambda row: row[AT["visit"]]):
        yield visit, list(rows)


def write_xes(table: Table, path: Path) -> int:
    """An XES document of the step table; how many traces."""
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
        xml.startDocument()
        xml.startElement(
            "log",
            AttributesImpl({"xes.version": "1849-2023", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}),
        )
        for name, prefix, uri in EXTENSIONS:
            _empty(xml, "extension", {"name": name, "prefix": prefix, "uri": uri})
        for scope, keys in (("trace", ("concept:name",)), ("event", ("concept:name", "lifecycle:transition"))):
            xml.startElement("global", AttributesImpl({"scope": scope}))
            for key in keys:
                _empty(xml, "string", {"key": key, "value": "unknown"})
            xml.endElement("global")
        _empty(xml, "classifier", {"name": "Activity", "keys": "concept:name"})
        _empty(xml, "classifier", {"name": "Activity and step", "keys": "concept:name lifecycle:transition"})
        _empty(xml, "string", {"key": "lifecycle:model", "value": "standard"})
        for visit, rows in _visits(table):
            _trace(xml, visit, rows)
            count += 1
        xml.endElement("log")
        xml.endDocument()
    return count


def _trace(xml: XMLGenerator, visit: str, rows: list[Row]) -> None:
    xml.startElement("trace", AttributesImpl({}))
    _empty(xml, "string", {"key": "concept:name", "value": printable(visit)})
    for name in TRACE:
        if rows[0][AT[name]]:
            _empty(xml, "string", {"key": f"onedoor:{name}", "value": printable(rows[0][AT[name]])})
    for row in rows:
        xml.startElement("event", AttributesImpl({}))
        _empty(xml, "string", {"key": "concept:name", "value": printable(row[AT["activity"]] or "unknown")})
        _empty(xml, "string", {"key": "lifecycle:transition", "value": row[AT["lifecycle"]]})
        if row[AT["time"]] is not None:  # a date that nobody knows is not made up
            _empty(xml, "date", {"key": "time:timestamp", "value": stamp(row[AT["time"]], millis=True)})
        if row[AT["counter"]]:
            _empty(xml, "string", {"key": "org:resource", "value": printable(f"counter {row[AT['counter']]}")})
        for name, key in OWN.items():
            value = row[AT[name]]
            if value not in (None, ""):
                _empty(xml, "int" if isinstance(value, int) else "string", {"key": key, "value": printable(str(value))})
        xml.endElement("event")
    xml.endElement("trace")


def _empty(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    xml.startElement(name, AttributesImpl(attributes))
    xml.endElement(name)


OBJECTS: dict[str, tuple[str, ...]] = {
    "visit": ("service", "class", "language", "intent", "left_out"), "counter": (), "service": (), "queue": (),
}  # fmt: skip
EVENTS = ("leg", "lifecycle", "note", "log_row", "quality", "dated")


def write_ocel(read: Callable[[], Table], path: Path) -> int:
    """An OCEL 2.0 log in JSON; how many events. Events are steps; objects are visits, counters, services and queues.

    `read` begins the table anew: it is gone through for the objects and again for the events, and neither are kept. The
    steps of a visit stand together, so only the few objects of other types are remembered. The standard wants a time of
    every event, so steps whose date nobody knows are not in it.
    """
    known: set[str] = set()
    kinds: set[str] = set()
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        file.write('{\n"objectTypes": ' + _json(_object_types()) + ',\n"objects": [')
        before, visit = "\n", ""
        for row in _with_date(read()):
            kinds.add(row[AT["step"]])
            for kind, name in _objects_of(row):
                if name in known or name == visit:
                    continue
                if kind == "visit":
                    visit = name
                else:
                    known.add(name)
                file.write(before + _json(_object(kind, name, row)))
                before = ",\n"
        file.write('\n],\n"eventTypes": ' + _json(_event_types(kinds)) + ',\n"events": [')
        for count, row in enumerate(_with_date(read()), 1):
            file.write((",\n" if count > 1 else "\n") + _json(_ocel_event(count, row)))
        file.write("\n]\n}\n")
    return count


def _with_date(table: Table) -> Iterator[Row]:
    return (row for row in table.rows if row[AT["time"]] is not None)


def _json(what: object) -> str:
    return json.dumps(what, ensure_ascii=False)


def _object_types() -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": a, "type": "string"} for a in attributes]}
        for name, attributes in OBJECTS.items()
    ]


def _event_types(kinds: set[str]) -> list[dict[str, Any]]:
    attributes = [{"name": a, "type": "integer" if a in ("leg", "log_row") else "string"} for a in EVENTS]
    return [{"name": kind, "attributes": attributes} for kind in sorted(kinds)]


QUALIFIERS = {"visit": "of", "counter": "at", "service": "for", "queue": "in"}


def _objects_of(row: Row) -> Iterator[tuple[str, str]]:
    """The type and the id of each object that a step touches."""
    return ((kind, f"{kind}:{row[AT[kind]]}") for kind in QUALIFIERS if row[AT[kind]])


def _object(kind: str, oid: str, row: Row) -> dict[str, Any]:
    at = stamp(row[AT["time"]])
    attributes = [{"name": a, "time": at, "value": row[AT[a]]} for a in OBJECTS[kind] if row[AT[a]] and kind == "visit"]
    return {"id": oid, "type": kind, "attributes": attributes, "relationships": []}


def _ocel_event(number: int, row: Row) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "type": row[AT["step"]],
        "time": stamp(row[AT["time"]]),
        "attributes": [{"name": a, "value": row[AT[a]]} for a in EVENTS if row[AT[a]] not in (None, "")],
        "relationships": [{"objectId": oid, "qualifier": QUALIFIERS[kind]} for kind, oid in _objects_of(row)],
    }
