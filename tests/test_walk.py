"""The kiosk under a real pointer: its own process, a window under Xvfb, xdotool's hand; no hub, no broker, no network."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from onedoor.look.texts import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from walk import Place, take_ticket  # noqa: E402

pytestmark = pytest.mark.processes
CHORDS = (
    "Escape", "F1", "F2", "F5", "F11", "F12", "Tab", "Return", "ctrl+c", "ctrl+q", "ctrl+w", "ctrl+alt+t", "ctrl+e",
    "alt+F4", "alt+F2", "alt+Tab", "ctrl+alt+Delete", "ctrl+alt+F1", "super", "shift+F12", "ctrl+shift+i", "Menu",
)  # fmt: skip


def test_three_touches_in_every_language_without_a_hub_and_nothing_leads_out(tmp_path):
    with Place(tmp_path, limit=0) as place:
        labels = [take_ticket(place, lang, tmp_path) for lang in LANGUAGES]
        assert labels == [f"A-{n:03d}" for n in range(1, len(LANGUAGES) + 1)]
        assert place.printer.do("papers")["papers"] == len(LANGUAGES)
        for lang in LANGUAGES:
            with Image.open(tmp_path / f"{lang}-4.png") as picture:
                assert len(picture.convert("RGB").getcolors(1_000_000)) > 50
        _impatient(place)
        _chords(place)
        _swipe(place)
        _speaks(place)
        _wired(place)
        assert place.kiosk.poll() is None, "still the same process"


def _impatient(place):
    """Five clicks at once on the button of a number: one number."""
    place.click("begin")
    place.click("service-id")
    place.until(screen="confirm")
    place.wait(lambda: "take" in place.hand.do("targets")["places"], "take")
    x, y = place.hand.do("targets")["places"]["take"]
    place.pointer("mousemove", str(x), str(y), "sleep", "0.3", "click", "--repeat", "5", "--delay", "40", "1")
    assert place.until(screen="issued")["label"] == f"A-{len(LANGUAGES) + 1:03d}"
    place.click("done")
    place.until(screen="welcome")


def _chords(place):
    """No key and no chord does anything."""
    for chord in CHORDS:
        place.pointer("key", chord)
    assert place.hand.do("view")["screen"] == "welcome"
    assert place.kiosk.poll() is None


def _swipe(place):
    """A finger that slides from one tile to another takes neither."""
    place.click("begin")
    place.until(screen="services")
    places = place.hand.do("targets")["places"]
    (x, y), (x2, y2) = places["service-id"], places["service-land"]
    place.pointer("mousemove", str(x), str(y), "sleep", "0.4", "mousedown", "1", "sleep", "0.1", "mousemove",
                  str(x2), str(y2), "sleep", "0.1", "mouseup", "1")  # fmt: skip
    assert place.hand.do("view")["screen"] == "services"
    place.click("home")
    place.until(screen="welcome")


def _speaks(place):
    """With the voice on the first touch speaks, the second one acts."""
    place.click("voice")
    place.click("lang-en")
    place.until(screen="services", lang="en")
    place.click("service-id")
    place.until(screen="services", spoken="service-id")
    place.wait((place.folder / "said.wav").exists, "a word")
    place.click("service-id")
    place.until(screen="confirm")
    place.click("home")
    place.until(spoken="home")
    place.click("home")
    place.until(screen="welcome")


def _wired(place):
    """Button, key and lamps beside the screen."""
    for low in (True, False):
        place.hand.do("pin", name="help_button", low=low)
    place.until(help=True)
    assert place.hand.do("lamps") == {"attention_lamp": True, "paper_lamp": False}
    place.hand.do("pin", name="staff_key", low=True)
    place.until(screen="staff", help=False)
    place.printer.do("fault", name="cover_open", value=True)
    place.click("staff-test")
    place.wait(lambda: place.hand.do("view")["note"] == "fault_cover_open", "the fault")
    assert place.hand.do("lamps") == {"attention_lamp": False, "paper_lamp": True}
    place.hand.do("pin", name="staff_key", low=False)
    place.until(screen="welcome")
