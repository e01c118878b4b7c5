"""What must be true before Kivy is imported for the first time.

Kivy reads its settings at import: it would parse our command line, take over the log and make a
folder in the user's home. Lao needs the PIL text provider (SDL's places tone marks wrongly), and
without a display SDL must be told to draw off screen (its dummy driver has no OpenGL).
"""

import ctypes
import logging
import os
import tempfile
from pathlib import Path

from onedoor.device.aside import put_aside
from onedoor.device.config import ScreenConfig
from onedoor.device.journal import JournalError
from onedoor.look.theme import check_shaping

log = logging.getLogger("onedoor.screen")


class NoScreen(JournalError):
    """A box that should have a screen has none; nobody could see anything. The message says what a person can do."""


def _put_aside(file: Path) -> None:
    """Kivy writes its settings without a flush and stumbles over a file that a power cut has cut off. Everything that
    matters is set here at every start, so an old file is never read.
    """
    try:
        if file.exists():
            file.replace(file.with_suffix(".old"))
    except OSError:
        os.environ["KIVY_USE_DEFAULTCONFIG"] = "1"


def _home(data: str) -> str:
    """Kivy's folder: in the box's own, or, if nothing can be written there, in memory. A screen comes first."""
    place = os.path.join(data, "kivy")
    try:
        if not data:
            raise FileNotFoundError(data)
        if os.path.lexists(place) and not os.path.isdir(place):
            put_aside(Path(data), [Path(place)], "card_damaged")
        os.makedirs(place, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"room")
    except (OSError, JournalError) as wrong:
        log.warning("%s: %s: Kivy's folder is in memory", place, wrong)
        return tempfile.mkdtemp(prefix="onedoor-kivy-")
    return place


def prepare(screen: ScreenConfig, title: str, data: str, *, pointer: bool = False) -> None:
    """Set Kivy's environment and window; ShapingError if Lao would be drawn wrongly.

    `data` is the box's own writable folder: two screens must not share Kivy's.
    """
    check_shaping()
    _give_back_memory()
    os.environ.update(
        KIVY_NO_ARGS="1",
        KIVY_NO_CONSOLELOG="1",
        KIVY_NO_FILELOG="1",
        KIVY_LOG_MODE="PYTHON",
        KIVY_TEXT="pil",
        KIVY_AUDIO="",
    )
    os.environ["KIVY_HOME"] = _home(data)
    _put_aside(Path(os.environ["KIVY_HOME"], "config.ini"))
    if not os.environ.get("DISPLAY") and not os.environ.get("SDL_VIDEODRIVER"):
        on_pi = os.environ.get("ONEDOOR_KMS") == "1"
        if on_pi and not any(Path("/dev/dri").glob("card*")):
            raise NoScreen(
                "There is no /dev/dri/card0: no screen. Is vc4-kms-v3d in config.txt, and a display connected?"
            )
        os.environ["SDL_VIDEODRIVER"] = "kmsdrm" if on_pi else "offscreen"
    # Kivy looks for a library of some touch panels that ours do not need, and tells at length that it is not there.
    logging.getLogger("kivy").addFilter(lambda record: "MTDev" not in record.getMessage())
    from kivy.config import Config

    for section, key, value in (
        ("graphics", "width", screen.width),
        ("graphics", "height", screen.height),
        ("graphics", "fullscreen", "auto" if screen.fullscreen else 0),
        ("graphics", "resizable", 0 if screen.fullscreen else 1),
        ("graphics", "show_cursor", 1 if pointer else 0),
        ("graphics", "maxfps", 60),
        ("graphics", "multisamples", 0),
        ("kivy", "exit_on_escape", 0),
        ("kivy", "window_icon", ""),
        ("kivy", "log_level", "warning"),
        ("input", "mouse", "mouse,disable_multitouch"),
    ):
        Config.set(section, key, str(value))
    if place := os.environ.get("ONEDOOR_AT"):
        left, _, top = place.partition(",")
        for key, value in (("position", "custom"), ("left", left), ("top", top)):
            Config.set("graphics", key, value)
    for provider in [name for name, _ in Config.items("input") if name != "mouse"]:
        Config.remove_option("input", provider)
    os.environ["ONEDOOR_TITLE"] = title


def _give_back_memory() -> None:
    """A screen makes and drops many pictures: without this the C library keeps what they needed for ever. The numbers
    are glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX; another C library has no such function.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((-1, 64 * 1024), (-3, 64 * 1024), (-8, 2)):
            mallopt(parameter, value)
