"""The center's one file, and what each box needs of it (pure).

A technician edits `center.toml` and nothing else. From it come each box's `device.toml` and the
marked block of its Raspberry Pi's `config.txt`; writing them twice gives the same bytes.
"""

import re
from collections.abc import Sequence  # noqa: TC003 - msgspec reads annotations
from typing import Annotated, Literal

import tomli_w
from msgspec import Meta, Struct, field, structs, to_builtins

from onedoor.device.catalogue_check import letters_findings
from onedoor.device.config import (
    OFFERED,
    BrokerConfig,
    Checked,
    CounterConfig,
    DeviceConfig,
    Dots,
    Finding,
    HallConfig,
    HubConfig,
    KioskConfig,
    KioskPins,
    Language,
    LogHost,
    Loudspeaker,
    Minute,
    Name,
    PaperConfig,
    Peer,
    PinsConfig,
    Port,
    Printer,
    PrinterProfile,
    ScreenConfig,
    SignConfig,
    Slot,
    StaffPin,
    Zone,
    check,
    line_of,
    zone_findings,
)
from onedoor.hall.zone import LAOS
from onedoor.wire.rows import Word

Board = Literal["pi4", "pi5"]


class HubBox(Struct, frozen=True):
    """The hub's box."""

    dev: Name = "hub"
    board: Board = "pi4"


class SpareBox(Struct, frozen=True):
    """The spare's box; `host` is where boxes find its broker after a promotion."""

    dev: Name = "s1"
    host: Word = "127.0.0.1"
    port: Port = 1883
    board: Board = "pi4"


class KioskBox(Struct, frozen=True):
    """A kiosk's box. A new card gets a new slot; the old one moves to `former_slots`."""

    dev: Name
    slot: Slot
    printer: Printer
    former_slots: list[Slot] = []
    width_dots: Dots = 576
    printer_2: Printer = "none"
    roll_m: Annotated[int, Meta(ge=0, le=300)] = 50
    tickets_a_minute: Annotated[int, Meta(ge=0, le=600)] = 10
    pins: KioskPins = KioskPins()
    speaker: Loudspeaker = "none"
    screen: ScreenConfig = ScreenConfig(fullscreen=True)
    board: Board = "pi4"
    profile: PrinterProfile = PrinterProfile()
    profile_2: PrinterProfile = PrinterProfile()


class HallBox(Struct, frozen=True):
    """A hall board's box."""

    dev: Name
    screen: ScreenConfig = ScreenConfig(width=1920, height=1080, fullscreen=True)
    show: HallConfig = HallConfig()
    board: Board = "pi4"


class CounterBox(Struct, frozen=True):
    """A counter's box."""

    dev: Name
    number: Word
    queues: Annotated[list[Name], Meta(min_length=1, max_length=40)]
    buttons: bool = True
    pins: PinsConfig = PinsConfig()
    panel: bool = True
    keypad: str = ""
    sign: SignConfig = SignConfig()
    screen: ScreenConfig = ScreenConfig(width=1024, height=600, fullscreen=True)
    board: Board = "pi4"


class CenterFile(Struct, frozen=True):
    """center.toml."""

    center: Name
    kiosks: list[KioskBox]
    counters: list[CounterBox]
    title_lo: str = "ສູນບໍລິການຜ່ານປະຕູດຽວ"
    title_en: str = "One Door Service Center"
    zone: Zone = LAOS
    data: str = "/var/lib/onedoor"
    clock_vouched: bool = False
    ballast_mb: Annotated[int, Meta(ge=0, le=4096)] = 64
    catalogue: str = ""
    catalogue_local: str = ""
    catalogue_key: str = ""
    broker: BrokerConfig = BrokerConfig()
    hub: HubBox = HubBox()
    spare: SpareBox | None = None
    halls: list[HallBox] = []
    closing: Minute = "16:00"
    log_host: LogHost = "onedoor.example"
    paper: PaperConfig = PaperConfig()
    languages: list[Language] = field(default_factory=lambda: list(OFFERED))
    voice: str = ""
    staff_pin: StaffPin = ""
    clerks: dict[Name, StaffPin] = {}
    questions: Annotated[list[Word], Meta(max_length=9)] = []


def check_center(text: str, queues: frozenset[str]) -> Checked[CenterFile]:
    """Check a center's file: its own shape, and what only the whole can show."""
    checked = check(text, CenterFile)
    if checked.value is None:
        return checked
    findings = list(_twins(checked.value, text)) + list(_pins(checked.value, text))
    findings += letters_findings(to_builtins(checked.value), text)
    findings += zone_findings(checked.value.zone, text)
    for i, counter in enumerate(checked.value.counters, 1):
        for queue in counter.queues:
            if queue not in queues:
                line = line_of(text, ("counters", str(i), "queues"))
                fix = f"Known: {', '.join(sorted(queues))}."
                findings.append(Finding(line, f"counters.{i}.queues", f"'{queue}' is no queue.", fix))
    served = {queue for counter in checked.value.counters for queue in counter.queues}
    if checked.value.counters and queues - served:
        fix = "Add it to the queues of a counter, or switch its service off in the center's own file."
        line = line_of(text, ("counters", "1", "queues"))
        findings += [Finding(line, "counters", f"no counter serves '{q}'.", fix) for q in sorted(queues - served)]
    return Checked(checked.value if not findings else None, findings)


def _twins(center: CenterFile, text: str) -> list[Finding]:
    """Names, slots and counter numbers that are given twice."""
    places: list[tuple[str, tuple[str, ...], str]] = [("name", ("hub", "dev"), center.hub.dev)]
    groups: list[tuple[str, Sequence[KioskBox | HallBox | CounterBox]]] = [
        ("kiosks", center.kiosks), ("halls", center.halls), ("counters", center.counters),
    ]  # fmt: skip
    for part, boxes in groups:
        for i, box in enumerate(boxes, 1):
            places.append(("name", (part, str(i), "dev"), box.dev))
            if isinstance(box, KioskBox):
                places.append(("slot", (part, str(i), "slot"), str(box.slot)))
                places += [("slot", (part, str(i), "former_slots"), str(slot)) for slot in box.former_slots]
            if isinstance(box, CounterBox):
                places.append(("number", (part, str(i), "number"), box.number))
    if center.spare is not None:
        places.append(("name", ("spare", "dev"), center.spare.dev))
    seen: dict[tuple[str, str], tuple[str, ...]] = {}
    findings = []
    for what, path, value in places:
        if (what, value) in seen:
            other = ".".join(seen[what, value])
            problem = f"{what} '{value}' is already given to {other}."
            findings.append(Finding(line_of(text, path), ".".join(path), problem, "Every one needs its own."))
        seen.setdefault((what, value), path)
    return findings


def _pins(center: CenterFile, text: str) -> list[Finding]:
    """Two buttons on one pin."""
    findings = []
    boxes: list[tuple[str, int, object]] = [("counters", i, c.pins) for i, c in enumerate(center.counters, 1)]
    boxes += [("kiosks", i, k.pins) for i, k in enumerate(center.kiosks, 1)]
    for part, i, pins in boxes:
        taken: dict[int, str] = {}
        for name, pin in to_builtins(pins).items():
            if isinstance(pin, list):
                continue
            if pin is not None and pin in taken:
                line = line_of(text, (part, str(i), "pins", name))
                problem = f"GPIO {pin} is already {taken[pin]}."
                findings.append(Finding(line, f"{part}.{i}.pins.{name}", problem, "Choose another pin."))
            taken.setdefault(pin, name)
    return findings


def device_files(center: CenterFile) -> dict[str, DeviceConfig]:
    """Every box's own configuration, by its name."""
    peers = {k.dev: Peer("kiosk", k.slot, k.former_slots) for k in center.kiosks}
    peers |= {c.dev: Peer("counter") for c in center.counters} | {h.dev: Peer("hall") for h in center.halls}
    found = {}
    for dev, twin, role in _hub_boxes(center):
        hub = HubConfig(
            peers | ({twin: Peer("spare")} if twin else {}), closing=center.closing, log_host=center.log_host
        )
        found[dev] = _device(center, dev, role, ScreenConfig(), hub=hub)
    alone = len(center.kiosks) == 1 and not center.kiosks[0].former_slots
    for k in center.kiosks:
        kiosk = KioskConfig(
            k.slot, k.printer, alone, k is center.kiosks[0], k.width_dots, k.printer_2, k.roll_m, center.paper, k.pins,
            center.staff_pin, center.languages, k.tickets_a_minute, center.voice, k.speaker, k.profile, k.profile_2,
        )  # fmt: skip
        found[k.dev] = _device(center, k.dev, "kiosk", k.screen, kiosk=kiosk)
    for h in center.halls:
        found[h.dev] = _device(center, h.dev, "hall", h.screen, hall=h.show)
    places = code_places([c.number for c in center.counters])
    for c in center.counters:
        counter = CounterConfig(
            c.number,
            c.queues,
            c.buttons,
            c.pins,
            c.panel,
            c.keypad,
            c.sign,
            center.clerks,
            center.questions,
            places[c.number],
        )
        found[c.dev] = _device(center, c.dev, "counter", c.screen, counter=counter)
    return found


def code_places(numbers: list[str]) -> dict[str, int]:
    """Each counter's own last three digits of its appointments' codes, whatever counters are called: their number where
    it is one, so that another counter moves nobody's; else what is free, from 999 down.
    """
    found: dict[str, int] = {}
    for number in numbers:
        if re.fullmatch(r"[0-9]{1,3}", number) and int(number) not in found.values():
            found[number] = int(number)
    free = iter(sorted(set(range(1_000)) - set(found.values()), reverse=True))
    return found | {number: next(free) for number in numbers if number not in found}


def _hub_boxes(center: CenterFile) -> list[tuple[str, str, Literal["hub", "spare"]]]:
    """The hub and its spare, each with the other's name: either may lead, and the other follows then."""
    if center.spare is None:
        return [(center.hub.dev, "", "hub")]
    return [(center.hub.dev, center.spare.dev, "hub"), (center.spare.dev, center.hub.dev, "spare")]


def _device(
    center: CenterFile, dev: str, role: Literal["hub", "spare", "kiosk", "hall", "counter"], screen: ScreenConfig, *,
    kiosk: KioskConfig | None = None, counter: CounterConfig | None = None, hub: HubConfig | None = None,
    hall: HallConfig | None = None,
) -> DeviceConfig:  # fmt: skip
    broker = center.broker
    if center.spare is not None:
        broker = structs.replace(broker, spare_host=center.spare.host, spare_port=center.spare.port)
    return DeviceConfig(
        center=center.center, dev=dev, role=role, data=f"{center.data}/{dev}",
        title_lo=center.title_lo, title_en=center.title_en, zone=center.zone, clock_vouched=center.clock_vouched,
        ballast_mb=center.ballast_mb,
        catalogue=center.catalogue,
        catalogue_local=center.catalogue_local, catalogue_key=center.catalogue_key,
        broker=broker, screen=screen, kiosk=kiosk, counter=counter, hub=hub, hall=hall,
    )  # fmt: skip


def toml_of(config: DeviceConfig) -> str:
    """A box's `device.toml`."""
    plain = _without_none(to_builtins(config))
    head = "# Written by `onedoor config write` from center.toml. Change that file, not this one.\n"
    return head + tomli_w.dumps(plain)


def _without_none(value: dict[str, object]) -> dict[str, object]:
    return {k: _without_none(v) if isinstance(v, dict) else v for k, v in value.items() if v is not None}
