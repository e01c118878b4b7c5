"""The marked block of a Raspberry Pi's config.txt (pure).

Rules behind it: comments stand at the start of a line, a line has at most 98 characters, the block
ends with [all] so that what follows is not caught in a filter, and nothing is set that is dead
under the full KMS driver. The watchdog stays below 15 s, the most a Pi 4 can count.
"""

from onedoor.device.config import DeviceConfig

BEGIN, END = "# >>> onedoor: written by `onedoor config write`, do not edit >>>", "# <<< onedoor <<<"


def block(config: DeviceConfig) -> str:
    """The block for one box, with its marker lines."""
    lines = [BEGIN, f"# {config.center} / {config.dev}: {config.role}", "[all]", "dtparam=watchdog=on"]
    if config.role in ("kiosk", "hall", "counter"):
        lines += ["dtoverlay=vc4-kms-v3d", "max_framebuffers=2", "disable_splash=1", "dtparam=audio=on"]
    if config.role in ("hub", "kiosk"):
        lines += ["dtparam=i2c_arm=on", "[pi4]", "dtoverlay=i2c-rtc,ds3231"]
    if config.role == "counter" and config.counter and config.counter.buttons:
        pins = config.counter.pins
        contacts = [pins.next, pins.recall, pins.no_show, pins.pause, pins.start, pins.end, *pins.smileys]
        lines += [f"gpio={','.join(str(p) for p in sorted(p for p in contacts if p is not None))}=ip,pu"]
    if config.role == "counter" and config.counter and config.counter.sign.kind != "none":
        lines += ["dtparam=spi=on"]
    lines += ["[all]", END]
    assert all(len(line) <= 98 for line in lines)
    return "\n".join(lines) + "\n"


def with_block(text: str, new: str) -> str:
    """A config.txt with our block put in, or put in place of the old one; the rest stays as it was."""
    begin, end = text.find(BEGIN), text.find(END)
    if 0 <= begin < end:
        return text[:begin] + new + text[end + len(END) :].removeprefix("\n")
    gap = "" if not text or text.endswith("\n") else "\n"
    return text + gap + new
