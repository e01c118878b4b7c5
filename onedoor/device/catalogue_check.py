"""What is wrong with a catalogue, all of it at once: what no single field can show (pure).

Every finding names the line and says what to do.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import to_builtins

from onedoor.device.catalogue import LETTERS, Catalogue, Category, LocalFile, Service, Text
from onedoor.device.config import Checked, Finding, line_of, minute_of
from onedoor.hall.hours import is_day
from onedoor.look.letters import missing_letters

LAW = ("fees", "fee", "fee_kip", "papers", "instrument", "days", "name", "ministry", "prefix", "route", "intents")
"""What a center cannot choose."""
TICKET_MOST_MM = 500
"""A longer ticket is no help to anybody, and half a minute's paper at every touch."""


def _at(text: str, path: tuple[str, ...], problem: str, fix: str = "") -> Finding:
    """A problem of the value that stands under this path."""
    return Finding(line_of(text, path), ".".join(path), problem, fix)


def letters_findings(value: object, text: str, path: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Texts in a file (as plain values) with letters that no screen and no paper can show."""
    if isinstance(value, str) and (lost := missing_letters(value)):
        yield _at(text, path, f"no font has '{lost}'.", "Write it with other letters: a box would stand there.")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from letters_findings(one, text, (*path, str(key)))
    elif isinstance(value, list | tuple):
        tables = any(isinstance(one, Mapping) for one in value)
        for i, one in enumerate(value, 1):
            yield from letters_findings(one, text, (*path, str(i)) if tables else path)


def national_findings(catalogue: Catalogue, text: str) -> list[Finding]:
    """Every problem of a national file that fits the schema."""
    found = [
        *_twins(catalogue, text),
        *_categories(catalogue.categories, text),
        *(f for i, s in enumerate(catalogue.services, 1) for f in _service(catalogue, s, i, text)),
        *letters_findings(to_builtins(catalogue), text),
    ]
    return sorted(set(found))


def local_findings(text: str, data: dict[str, Any], national: Catalogue, own: Checked[LocalFile]) -> list[Finding]:
    """Every problem of a center's own file."""
    law = list(_law(text, data, national))
    keys = {finding.key for finding in law}
    found = law + [f for f in own.findings if f.key not in keys] + list(letters_findings(data, text))
    if own.value is not None:
        found += _local(text, national, own.value)
    return sorted(set(found))


def _law(text: str, data: dict[str, Any], national: Catalogue) -> Iterator[Finding]:
    """Attempts to change what the national catalogue says."""
    ids = {s.id for s in national.services}
    switches = data.get("switches")
    for service, switch in (switches if isinstance(switches, dict) else {}).items():
        for key in switch if isinstance(switch, dict) else ():
            if key in LAW:
                path = ("switches", service, key)
                fix = "Remove it: fees and papers are the same in every center."
                yield _at(text, path, "is set by the national catalogue.", fix)
    own = data.get("services")
    for i, service in enumerate(own if isinstance(own, list) else (), 1):
        if isinstance(service, dict) and service.get("id") in ids:
            path = ("services", str(i), "id")
            fix = "Choose another id; what a center may change for it goes under [switches.ID]."
            yield _at(text, path, "is a national service and cannot be replaced.", fix)


def _local(text: str, national: Catalogue, own: LocalFile) -> Iterator[Finding]:
    ids = [s.id for s in national.services]
    for i, name in enumerate(own.off, 1):
        if name not in ids:
            yield Finding(line_of(text, ("off",)), f"off.{i}", f"there is no service '{name}'.", _near(name, ids))
    for name in own.switches:
        if name not in ids:
            yield _at(text, ("switches", name), "is no national service.", _near(name, ids))
    letters = [c.id for c in national.classes]
    for name in own.credit_min:
        if name not in letters:
            yield Finding(
                line_of(text, ("credit_min", name)), f"credit_min.{name}", "is no class.", _near(name, letters)
            )
    for i, day in enumerate(own.days, 1):
        d, m, y = day.date.split("/")
        if not is_day(f"{y}-{m}-{d}"):
            yield Finding(
                line_of(text, ("days", str(i), "date")),
                f"days.{i}.date",
                f"{day.date} does not exist.",
                "Look at the calendar.",
            )
        yield from _windows(day.windows, ("days", str(i), "windows"), text)
    dates = [day.date for day in own.days]
    for i, date in enumerate(dates, 1):
        if date in dates[: i - 1]:
            yield Finding(
                line_of(text, ("days", str(i), "date")),
                f"days.{i}.date",
                f"{date} stands here twice.",
                "Keep one of them.",
            )
    for name in own.hours.__struct_fields__ if own.hours else ():
        yield from _windows(getattr(own.hours, name), ("hours", name), text)
    for name, switch in own.switches.items():
        yield from _windows(switch.windows or [], ("switches", name, "windows"), text)
    first, last = own.rules.roll
    if not 0 <= first < last <= 9_999:
        yield Finding(
            line_of(text, ("rules", "roll")), "rules.roll", "must be two rising numbers up to 9999.", "[1, 99]"
        )
    prefixes = {service.prefix: service.id for service in national.services}
    both = Catalogue(
        "", [*national.services, *own.services] if own.services else national.services,
        national.ministries, [*national.categories, *own.categories], [*national.queues, *own.queues], national.classes,
    )  # fmt: skip
    for i, service in enumerate(own.services, 1):
        if service.prefix in prefixes:
            taken = prefixes[service.prefix]
            path = ("services", str(i), "prefix")
            yield _at(text, path, f"'{service.prefix}' belongs to '{taken}'.", _free(both))
        yield from _service(both, service, i, text)


def _twins(catalogue: Catalogue, text: str) -> Iterator[Finding]:
    """Ids and prefix letters that are used twice."""
    groups: dict[str, Sequence[Any]] = {
        "services": catalogue.services, "ministries": catalogue.ministries, "categories": catalogue.categories,
        "queues": catalogue.queues, "classes": catalogue.classes,
    }  # fmt: skip
    for group, things in groups.items():
        for field in ("id", "prefix"):
            seen: set[str] = set()
            for i, thing in enumerate(things, 1):
                value: str = getattr(thing, field, "")
                if value and value in seen:
                    path = (group, str(i), field)
                    fix = _free(catalogue) if field == "prefix" else "Give it another one."
                    yield _at(text, path, f"'{value}' is used twice.", fix)
                seen.add(value)


def _free(catalogue: Catalogue) -> str:
    taken = {s.prefix for s in catalogue.services}
    free = [letter for letter in LETTERS if letter not in taken]
    return f"Free: {' '.join(free)}." if free else "No letter is free."


def _categories(categories: list[Category], text: str) -> Iterator[Finding]:
    """Parents that do not exist, circles, pictures that nobody has drawn."""
    parents = {c.id: c.parent for c in categories}
    for i, category in enumerate(categories, 1):
        path = ("categories", str(i), "parent")
        if category.parent and category.parent not in parents:
            problem = f"there is no category '{category.parent}'."
            yield _at(text, path, problem, _near(category.parent, parents))
        seen = {category.id}
        at = category.parent
        while at and at in parents:
            if at in seen:
                yield _at(text, path, "leads back to itself.", "One of them must be a root.")
                break
            seen.add(at)
            at = parents[at]
        yield from _picture(category.pictogram, ("categories", str(i), "pictogram"), text)


def _service(catalogue: Catalogue, service: Service, i: int, text: str) -> Iterator[Finding]:
    """What is wrong with one service."""
    here = ("services", str(i))

    def named(field: str, value: str, known: Iterable[str], kind: str) -> Iterator[Finding]:
        names = list(known)
        if value and value not in names:
            path = (*here, field)
            yield _at(text, path, f"there is no {kind} '{value}'.", _near(value, names))

    yield from named("ministry", service.ministry, (m.id for m in catalogue.ministries), "ministry")
    yield from named("category", service.category, (c.id for c in catalogue.categories), "category")
    for letter in service.priority:
        yield from named("priority", letter, (c.id for c in catalogue.classes), "class")
    queues = {q.id for q in catalogue.queues} | {s.id for s in catalogue.services}
    for queue in service.route:
        yield from named("route", queue, queues, "queue")
    for j, queue in enumerate(service.route):
        if queue in service.route[:j]:
            fix = "A person who comes back is transferred by the clerk; a route names each queue once."
            yield _at(text, (*here, "route"), f"'{queue}' stands in it twice.", fix)
    yield from _picture(service.pictogram, (*here, "pictogram"), text)
    yield from _windows(service.windows, (*here, "windows"), text)
    yield from _texts(service, here, text)
    yield from _fees(service, here, text)
    yield from _length(service, here, text)
    if len(set(service.intents)) < max(1, len(service.intents)):
        yield _at(
            text, (*here, "intents"), "names something twice, or nothing.", "One or more of: submit, ask, collect."
        )
    shortest = min((b - a for a, b in _spans(service.windows)), default=None)
    if shortest is not None and service.cut_off_min >= shortest > 0:
        path = (*here, "cut_off_min")
        yield _at(text, path, "is as long as a window: nobody would get a ticket.",
                      f"Less than {shortest}.")  # fmt: skip


def _texts(service: Service, here: tuple[str, ...], text: str) -> Iterator[Finding]:
    texts = [("name", service.name), *((f"papers.{j}", paper) for j, paper in enumerate(service.papers, 1))]
    for where, spoken in texts:
        for lang in ("lo", "en"):
            if not getattr(spoken, lang).strip():
                path = (*here, *where.split("."), lang)
                yield _at(text, path, "is empty.", "Every text is needed in Lao and English.")


def ticket_mm(service: Service) -> int:
    """How long this service's ticket is at the most, on any paper, with a center's logo and all of its own lines: what
    is always there, and a line of 6 mm for every 24 letters of what differs.
    """
    papers = [1 + _letters(paper) // 24 for paper in service.papers]
    return 200 + 6 * (sum(papers) + 2 * (_letters(service.name) // 24) + len(service.instrument) // 24)


def _letters(text: Text) -> int:
    """Letters of the longest wording; a Chinese one is as wide as two."""
    said: list[str] = [getattr(text, lang) for lang in text.__struct_fields__]
    return max(len(words) + sum(letter >= "\u2e80" for letter in words) for words in said)


def _length(service: Service, here: tuple[str, ...], text: str) -> Iterator[Finding]:
    """A ticket as long as an arm."""
    length = ticket_mm(service)
    if length > TICKET_MOST_MM:
        problem = f"make a ticket of up to {length // 10} cm ({len(service.papers)} papers)."
        yield _at(
            text, (*here, "papers"), problem, f"At most {TICKET_MOST_MM // 10} cm: fewer papers or shorter texts."
        )


def _fees(service: Service, here: tuple[str, ...], text: str) -> Iterator[Finding]:
    """Figures without a source; foreign amounts without the day of their rate."""
    for j, fee in enumerate(service.fees, 1):
        path = (*here, "fees", str(j))
        if fee.currency != "LAK" and not is_day(fee.rate_day):
            where = (*path, "rate_day")
            yield _at(text, where, f"{fee.currency} needs the day of its rate.",
                          'For example rate_day = "2026-11-21".')  # fmt: skip
        if fee.currency == "LAK" and fee.amount % 500:
            where = (*path, "amount")
            yield _at(text, where, f"{fee.amount} kip cannot be paid.", "The smallest note is 500.")
    if (service.fees or service.days) and not service.source:
        yield _at(text, (*here, "source"), "is missing: fees and days need one.",
                      'A law, a page, or "SAMPLE".')  # fmt: skip


def _spans(windows: list[str]) -> list[tuple[int, int]]:
    return [(minute_of(w[:5]), minute_of(w[6:])) for w in windows]


def _windows(windows: list[str], path: tuple[str, ...], text: str) -> Iterator[Finding]:
    """Windows that end before they begin, or reach into each other."""
    before = -1
    for a, b in _spans(windows):
        if b <= a:
            yield _at(text, path, "a window ends before it begins.", "For example 13:00-16:00.")
        elif a < before:
            yield _at(text, path, "windows overlap or are not in order.", "Earliest first.")
        before = max(before, b)


@cache
def _pictures() -> frozenset[str]:
    folder = files("onedoor").joinpath("look", "svg")
    return frozenset(f.name.removeprefix("icon-").removesuffix(".svg") for f in folder.iterdir() if "icon-" in f.name)


def _picture(name: str, path: tuple[str, ...], text: str) -> Iterator[Finding]:
    if name not in _pictures():
        yield _at(text, path, f"there is no picture '{name}'.", _near(name, _pictures()))


def _near(value: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(value, names, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(names)}."
