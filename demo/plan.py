"""Which boxes the demo's center has, as the center.toml a technician would write (pure)."""

from dataclasses import dataclass

QUEUES = ("id", "family", "birth", "home", "land", "shop", "road", "build", "cash", "issue")


PINS = "pins = { attention_lamp = 17, paper_lamp = 27, help_button = 5, staff_key = 6 }"


@dataclass(frozen=True, slots=True)
class Hall:
    """What is not the demo's own: its name, so many of the counters without a touch screen (buttons and an LED sign),
    the board's loudspeaker, how long it shows a call at the least, and the sizes of board and kiosks.
    """

    center: str = "saysettha"
    title_lo: str = "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ"
    title_en: str = "One Door Service Center · Saysettha"
    bare: int = 0
    speaker: str = "none"
    least_s: float = 1.5
    size: tuple[int, int] | None = None
    kiosk_size: tuple[int, int] | None = None


def center_toml(
    data: str, broker_port: int, printer_ports: list[int], counters: int, hall: Hall | None = None, *,
    small_windows: bool,
) -> str:  # fmt: skip
    """The center's file: kiosks as many as printers, one hall board, `counters` counters."""
    hall = hall or Hall()
    sizes = {"kiosk": (960, 600), "hall": (960, 540), "counter": (700, 410)}
    if not small_windows:
        sizes = {"kiosk": (1280, 800), "hall": (1280, 720), "counter": (1024, 600)}
    sizes |= {"hall": hall.size or sizes["hall"], "kiosk": hall.kiosk_size or sizes["kiosk"]}

    def screen(kind: str) -> str:
        w, h = sizes[kind]
        return f"screen = {{ width = {w}, height = {h} }}"

    parts = [
        "# The demo's center.",
        f'center = "{hall.center}"',
        f'title_lo = "{hall.title_lo}"',
        f'title_en = "{hall.title_en}"',
        f'data = "{data}"',
        "clock_vouched = true",
        "ballast_mb = 1",
        'languages = ["lo", "en", "hmn", "kjg", "vi", "zh", "th"]',
        f"[broker]\nport = {broker_port}",
    ]
    for i, port in enumerate(printer_ports, 1):
        address = f"tcp://127.0.0.1:{port}"
        # The demo's citizens live faster than people; nobody drums on its screens.
        kiosk = f'dev = "k{i}"\nslot = {i}\nprinter = "{address}"\ntickets_a_minute = 0\n{screen("kiosk")}'
        parts.append(f"[[kiosks]]\n{kiosk}\n{PINS}")
    shown = f'show = {{ speaker = "{hall.speaker}", languages = ["en"], least_s = {hall.least_s} }}'
    voice = f"{shown}\n" if hall.speaker != "none" else ""
    parts.append(f'[[halls]]\ndev = "h1"\n{voice}{screen("hall")}')
    for i in range(1, counters + 1):
        queues = ", ".join(f'"{q}"' for q in queues_of(i, counters))
        parts.append(f'[[counters]]\ndev = "c{i}"\nnumber = "{i}"\nqueues = [{queues}]\n{screen("counter")}')
        if i > counters - hall.bare:
            parts[-1] += '\npanel = false\nsign = { kind = "matrix" }'
    return "\n\n".join(parts) + "\n"


def queues_of(counter: int, counters: int) -> list[str]:
    """What a counter serves: the services dealt out to up to three kinds of counters."""
    kinds = min(3, counters)
    return [s for i, s in enumerate(QUEUES) if i % kinds == (counter - 1) % kinds]


def window_place(name: str) -> str:
    """Where a program's window goes on a desktop, "left,top": kiosks left, the board right, counters below."""
    kind, number = name[0], name[1:]
    if not number.isdigit():
        return ""
    i = int(number) - 1
    left, top = {"k": (30 * i, 40 * i), "h": (960, 0), "c": (610 * (i % 3), 620 + 60 * (i // 3))}.get(kind, (0, 0))
    return f"{left},{top}"
