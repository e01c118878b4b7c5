"""Configuration that talks to a technician: every problem at once, with line and suggestion.

A file is TOML, checked against a msgspec Struct. Unknown keys are problems (a misspelled key would
else be silently ignored), wrong types and ranges are problems, missing keys are problems; all of
them are collected before anybody is told.
"""

import difflib
import re
import tomllib
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from onedoor.device.small_file import read_words
from onedoor.hall.zone import LAOS, is_zone
from onedoor.wire.rows import Dev, Word

S = TypeVar("S", bound=Struct)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem of a file."""

    line: int
    key: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.problem}" + (f" {self.fix}" if self.fix else "")


class ConfigError(Exception):
    """A configuration that cannot be used; `findings` are all of its problems."""

    def __init__(self, path: Path | str, findings: list[Finding]) -> None:
        self.path, self.findings = path, sorted(findings)
        lines = "\n".join(f"  {finding}" for finding in self.findings)
        count = f"{len(findings)} problem{'s' if len(findings) > 1 else ''}"
        super().__init__(f"{path}: {count}\n{lines}")


@dataclass(slots=True)
class Checked(Generic[S]):
    """A file after checking: the value, if there was no problem."""

    value: S | None
    findings: list[Finding]


def load(path: Path, schema: type[S]) -> S:
    """Read and check a file. Raises ConfigError with every problem."""
    try:
        text = read_words(path)
    except (OSError, UnicodeError) as wrong:
        raise ConfigError(path, [Finding(0, "file", f"cannot be read ({wrong}).")]) from None
    checked = check(text, schema)
    if checked.value is None:
        raise ConfigError(path, checked.findings)
    return checked.value


def check(text: str, schema: type[S]) -> Checked[S]:
    """Check a file's text against its schema."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        at = re.search(r"line (\d+)", str(wrong))
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        return Checked(None, [Finding(line, "syntax", f"{wrong}.", "Is a quote missing?")])
    findings = list(_problems(data, schema, (), text))
    if findings:
        return Checked(None, findings)
    return Checked(msgspec.convert(data, schema), [])


def _problems(data: dict[str, Any], schema: type[Struct], path: tuple[str, ...], text: str) -> typing.Iterator[Finding]:
    hints = get_type_hints(schema, include_extras=True)
    fields = {f.encode_name: f for f in msgspec.structs.fields(schema)}
    for key in data:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            fix = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(sorted(fields))}."
            yield Finding(line_of(text, (*path, key)), ".".join((*path, key)), "is unknown.", fix)
    for name, info in fields.items():
        here = (*path, name)
        if name not in data:
            if info.required:
                yield Finding(line_of(text, path), ".".join(here), "is missing.", _example(hints[info.name]))
            continue
        yield from _value_problems(data[name], hints[info.name], here, text)


def _value_problems(value: Any, kind: Any, path: tuple[str, ...], text: str) -> typing.Iterator[Finding]:
    inner = _struct_in(kind)
    origin = get_origin(kind)
    if inner is not None and isinstance(value, dict):
        yield from _problems(value, inner, path, text)
    elif origin is dict and isinstance(value, dict):
        key_kind, value_kind = get_args(kind)
        for key, item in value.items():
            yield from _value_problems(key, key_kind, (*path, key), text)
            yield from _value_problems(item, value_kind, (*path, key), text)
    elif origin is list and isinstance(value, list) and _struct_in(get_args(kind)[0]):
        for i, item in enumerate(value):
            yield from _value_problems(item, get_args(kind)[0], (*path, str(i + 1)), text)
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as wrong:
            problem = str(wrong).split(" - at ")[0]
            yield Finding(line_of(text, path), ".".join(path), f"{problem}; found {value!r}.", _example(kind))


def _struct_in(kind: Any) -> type[Struct] | None:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    if get_origin(kind) in (typing.Union, types.UnionType):
        return next((s for arg in get_args(kind) if (s := _struct_in(arg))), None)
    return None


def _example(kind: Any) -> str:
    """A hint from the type's own metadata."""
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if isinstance(meta, Meta) and meta.description:
                return meta.description
    return ""


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line where a key stands (0: not found). Sections and dotted sections are followed."""
    section: tuple[str, ...] = ()
    best, depth, counts = 0, 0, dict[tuple[str, ...], int]()
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[(\[?)([^\]]+)\]", line)
        if head:
            section = tuple(part.strip().strip("\"'") for part in head[2].split("."))
            if head[1]:
                counts[section] = counts.get(section, 0) + 1
                section = (*section, str(counts[section]))
            here = section
        else:
            key = re.match(r"\s*([\w.\"'-]+)\s*=", line)
            if not key:
                continue
            here = (*section, *(part.strip("\"'") for part in key[1].split(".")))
        common = here[: len(path)]
        if common == path[: len(common)] and len(common) > depth:
            best, depth = number, len(common)
    return best


# -- what a device's own file holds ---------------------------------------------------------------

Port = Annotated[int, Meta(ge=1, le=65535, description="A port is a number from 1 to 65535.")]
Slot = Annotated[int, Meta(ge=1, le=999, description="A slot is a number from 1 to 999, never used twice.")]
Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Use a-z, 0-9 and hyphen, beginning with a letter.")
]
Pin = Annotated[int, Meta(ge=0, le=27, description="A GPIO number from 0 to 27.")]
Printer = Annotated[
    str,
    Meta(
        pattern=r"^(tcp://[\w.-]+:\d+|usb://[0-9a-f]{4}:[0-9a-f]{4}|serial:///dev/[\w/.-]+|file:///dev/[\w/.-]+|none)$",
        description="For example tcp://127.0.0.1:9100, usb://04b8:0e15, serial:///dev/ttyUSB0, file:///dev/usb/lp0.",
    ),
]


Zone = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", description="For example Asia/Vientiane, America/Lima."
    ),
]


def zone_findings(zone: str, text: str) -> list[Finding]:
    """A time zone that this machine does not know: no box may guess which day it is."""
    if is_zone(zone):
        return []
    fix = "Write a name like America/Lima. If it is right, the table of zones is missing: apt install tzdata."
    return [Finding(line_of(text, ("zone",)), "zone", f"'{zone}' is no time zone of this machine.", fix)]


Language = typing.Literal["lo", "en", "hmn", "kjg", "vi", "zh", "th"]
OFFERED: list[Language] = ["lo", "en"]
"""What a kiosk offers unless its center says otherwise."""

Minute = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A time of day, for example 16:00.")
]


def minute_of(text: str) -> int:
    """Minutes since midnight of a time of day."""
    return int(text[:2]) * 60 + int(text[3:])


class BrokerConfig(Struct, frozen=True):
    """Where the hub's broker is, and where a promoted spare's will be (empty: there is no spare); with `ca`,
    `cert`, `key` (paths) the connection is TLS.
    """

    host: Word = "127.0.0.1"
    port: Port = 1883
    ca: str = ""
    cert: str = ""
    key: str = ""
    spare_host: str = ""
    spare_port: Port = 1883


class ScreenConfig(Struct, frozen=True):
    """The screen: its size in pixels, and whether it fills the display."""

    width: Annotated[int, Meta(ge=320, le=8192)] = 1280
    height: Annotated[int, Meta(ge=240, le=8192)] = 800
    fullscreen: bool = False


StaffPin = Annotated[
    str, Meta(pattern=r"^(scrypt\$[0-9a-f]{32}\$[0-9a-f]{64})?$", description="Make it with: onedoor config pin")
]
Loudspeaker = Annotated[str, Meta(pattern=r"^(none|alsa|file:.+)$", description="none, alsa, or file:PATH.")]


class PaperConfig(Struct, frozen=True):
    """A center's own part of its papers: a logo (a PNG), lines above and below; `tag_key`: the file with the key of the
    tickets' tags.
    """

    logo: str = ""
    header: Annotated[list[str], Meta(max_length=4)] = []
    footer: Annotated[list[str], Meta(max_length=4)] = []
    tag_key: str = ""


class KioskPins(Struct, frozen=True):
    """GPIO numbers of what is wired beside a kiosk's screen; without a number it is not there."""

    attention_lamp: Pin | None = None
    paper_lamp: Pin | None = None
    help_button: Pin | None = None
    staff_key: Pin | None = None
    presence: Pin | None = None


class PrinterProfile(Struct, frozen=True):
    """What a printer is, where it is not as most are.

    `baud`, `parity`, `flow` (of a serial line; hardware: RTS and CTS, software: XON and XOFF); `stall_s`: no byte moved
    for so long means it is hung; `buffer_bytes`: what printer and adapter hold. `answers`: which of DLE EOT 1 to 4 it
    answers, [] for none (not set: it is found out); `echo`: whether it echoes jobs (GS ( H); `offline`: "ignore" for a
    printer that says offline for ever (Star). `dpi` of its head; 0: 203, or 180 if it has 512 dots.
    """

    baud: typing.Literal[9600, 19200, 38400, 57600, 115200] = 9600
    parity: typing.Literal["none", "even", "odd"] = "none"
    flow: typing.Literal["none", "hardware", "software"] = "none"
    stall_s: Annotated[float, Meta(ge=3, le=120, description="Seconds, from 3 to 120.")] = 5.0
    buffer_bytes: Annotated[int, Meta(ge=0, le=1_048_576, description="Bytes, for example 4096.")] = 8_192
    answers: Annotated[list[Annotated[int, Meta(ge=1, le=4)]], Meta(description="For example [1, 4].")] | None = None
    echo: typing.Literal["auto", "yes", "no"] = "auto"
    offline: typing.Literal["believe", "ignore"] = "believe"
    dpi: typing.Literal[0, 180, 203, 300] = 0


Dots = Annotated[int, Meta(ge=384, le=832, multiple_of=8, description="Dots of its head: 384, 512, 576, 832, ...")]


class KioskConfig(Struct, frozen=True):
    """A kiosk's own settings. `alone`: the only kiosk of its center, labels without the slot;
    `closing_slip`: this one prints the day's seal. `printer_2`: printed on when the first one cannot; `profile`,
    `profile_2`: what they are, where they are not as most; `width_dots`: of their heads. `pin`: the staff's, as
    `onedoor config pin` spells it. `tickets_a_minute`: more than these need a held button (0: no limit).
    `voice`: where packs of clips are (a folder); `speaker`: alsa, none, or file:PATH, which keeps what was said.
    """

    slot: Slot
    printer: Printer
    alone: bool = False
    closing_slip: bool = False
    width_dots: Dots = 576
    printer_2: Printer = "none"
    roll_m: Annotated[int, Meta(ge=0, le=300)] = 0
    paper: PaperConfig = PaperConfig()
    pins: KioskPins = KioskPins()
    pin: StaffPin = ""
    languages: list[Language] = msgspec.field(default_factory=lambda: list(OFFERED))
    tickets_a_minute: Annotated[int, Meta(ge=0, le=600)] = 10
    voice: str = ""
    speaker: Loudspeaker = "none"
    profile: PrinterProfile = PrinterProfile()
    profile_2: PrinterProfile = PrinterProfile()


class PinsConfig(Struct, frozen=True):
    """GPIO numbers of the button box; `smileys` are the faces of the feedback box, the worst one first."""

    next: Pin = 5
    recall: Pin = 6
    no_show: Pin = 13
    pause: Pin = 19
    start: Pin | None = 16
    end: Pin | None = 20
    next_lamp: Pin | None = None
    recall_lamp: Pin | None = None
    no_show_lamp: Pin | None = None
    pause_lamp: Pin | None = None
    smileys: Annotated[list[Pin], Meta(max_length=5)] = []


Side = typing.Literal["left", "right", "up", "down", "ahead"]


class SignConfig(Struct, frozen=True):
    """What stands above a counter, wired to its panel's Pi: `matrix` (32x8 points) or `segments` (eight digits), both
    MAX7219 on SPI `port`.`device`; `side`: where its arrow points.
    """

    kind: typing.Literal["none", "matrix", "segments"] = "none"
    port: Annotated[int, Meta(ge=0, le=1)] = 0
    device: Annotated[int, Meta(ge=0, le=1)] = 0
    side: Side = "down"


class CounterConfig(Struct, frozen=True):
    """A counter panel's own settings. `panel`: false for a box with buttons and a sign but no touch screen. `keypad`: a
    USB keypad's device file. `clerks`: who may open it, each with a PIN as `onedoor config pin` spells it (none:
    anybody). `questions`: what a citizen is asked in turn when there is a feedback box. `code_place`: the last digits
    of the codes of its appointments, which no other counter has.
    """

    number: Word
    queues: list[Name]
    buttons: bool = False
    pins: PinsConfig = PinsConfig()
    panel: bool = True
    keypad: str = ""
    sign: SignConfig = SignConfig()
    clerks: dict[Name, StaffPin] = {}
    questions: Annotated[list[Word], Meta(max_length=9)] = []
    code_place: Annotated[int, Meta(ge=0, le=999)] | None = None


class VoiceTime(Struct, frozen=True):
    """From then to then the voice is so loud; 0 is silence."""

    begin: Minute
    end: Minute
    volume: Annotated[int, Meta(ge=0, le=4)]


class HallConfig(Struct, frozen=True):
    """A hall board's own settings.

    `counters`: only calls to these (a zone of the hall; none: all); `sides`: where each counter lies from here.
    `repeats`: how often a call is said again; `least_s`: how long each stands large at the least. `media`: a folder of
    pictures that are shown in turn; `ticker`: lines at the foot. `voice`: a folder of packs (empty: the shipped one);
    `volume` outside of `times`; `whole_numbers`: languages in which numbers are read as people say them. `languages`:
    spoken after the citizen's own.
    """

    counters: list[Word] = []
    sides: dict[Word, Side] = {}
    repeats: Annotated[int, Meta(ge=0, le=5)] = 0
    least_s: Annotated[float, Meta(ge=0.0, le=30.0)] = 1.5
    media: str = ""
    picture_s: Annotated[int, Meta(ge=5, le=600)] = 20
    ticker: Annotated[list[Annotated[str, Meta(max_length=160)]], Meta(max_length=20)] = []
    speaker: Loudspeaker = "none"
    voice: str = ""
    volume: Annotated[int, Meta(ge=0, le=4)] = 3
    times: list[VoiceTime] = []
    chime: bool = True
    languages: list[Language] = msgspec.field(default_factory=lambda: ["lo"])
    whole_numbers: list[Language] = []


class Peer(Struct, frozen=True):
    """A device as the hub knows it: what it may send, and a kiosk's slot."""

    role: typing.Literal["kiosk", "hall", "counter", "spare"]
    slot: Slot | None = None
    former_slots: list[Slot] = []


LogHost = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$", description="A name like queue.example.la, in small letters.")
]


class HubConfig(Struct, frozen=True):
    """The hub's own settings. `log_host` begins the name of the center's log: a name, not an address."""

    devices: dict[Dev, Peer]
    mosquitto: bool = True
    closing: Minute = "16:00"
    log_host: LogHost = "onedoor.example"


class DeviceConfig(Struct, frozen=True):
    """The file of one box."""

    center: Name
    dev: Name
    role: typing.Literal["hub", "spare", "kiosk", "hall", "counter"]
    data: str
    title_lo: str = "ສູນບໍລິການຜ່ານປະຕູດຽວ"
    title_en: str = "One Door Service Center"
    zone: Zone = LAOS
    clock_vouched: bool = False
    ballast_mb: Annotated[int, Meta(ge=0, le=4096)] = 64
    catalogue: str = ""
    catalogue_local: str = ""
    catalogue_key: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$", description="64 hexadecimal digits.")] = ""
    broker: BrokerConfig = BrokerConfig()
    screen: ScreenConfig = ScreenConfig()
    kiosk: KioskConfig | None = None
    counter: CounterConfig | None = None
    hall: HallConfig | None = None
    hub: HubConfig | None = None


def for_role(path: Path, role: str) -> DeviceConfig:
    """The configuration for a program of this role; ConfigError if it is another box's file."""
    config = load(path, DeviceConfig)
    text = read_words(path)
    findings = zone_findings(config.zone, text)
    if config.role != role and not (role == "hub" and config.role == "spare"):
        findings.append(Finding(line_of(text, ("role",)), "role", f"is '{config.role}', this program is '{role}'."))
    if role in ("kiosk", "counter", "hub") and config.role == role and getattr(config, role) is None:
        findings.append(Finding(0, f"[{role}]", "is missing.", f"A {role} needs this section."))
    if findings:
        raise ConfigError(path, findings)
    return config
