"""The screen of a program that cannot start: what is wrong, for as long as a person needs to read it.

Policy. Nobody at a black screen knows whether it is broken, switched off, or just starting. So whatever keeps a program
from starting (a configuration with a mistake in line 12, a catalogue that is not signed, no place for a journal) is
shown, and then the program ends and is started again: whoever mends the cause has nothing else to do.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from onedoor.device.clock import Clock
from onedoor.device.config import ConfigError, DeviceConfig, ScreenConfig
from onedoor.device.journal import REPAIR, JournalError
from onedoor.device.link import LinkNews, MemoryBroker, MemoryLink, Will
from onedoor.device.runner import Runner
from onedoor.device.timers import Timers


@dataclass(slots=True)
class Unable:
    """A device that has given up before it began."""

    reason: str
    timers: Timers

    def on_start(self) -> None:
        """JournalError: the reason."""
        raise JournalError(self.reason)

    def on_news(self, news: LinkNews) -> None:
        """Nobody is listened to."""

    def on_wish(self, wish: object) -> None:
        """Nobody is heard."""

    def on_stop(self) -> Will | None:
        """Nothing is left to say."""
        return None


def show_last(wrong: Exception, path: Path, config: DeviceConfig | None, clock: Clock, control: Path | None) -> int:
    """Show why a program with the configuration `path` cannot start; 2. Without a screen the reason is only printed."""
    reason = f"{str(wrong) or type(wrong).__name__}".replace("--config FILE", f"--config {path}")
    if isinstance(wrong, ConfigError):
        reason += f"\n{REPAIR.replace('FILE', str(path))}"
    try:
        if "kivy" not in sys.modules:
            from onedoor.screen.setup import prepare

            on_a_box = os.environ.get("ONEDOOR_SCREEN") == "1"
            screen = config.screen if config is not None else ScreenConfig(fullscreen=on_a_box)
            prepare(screen, "OneDoor", config.data if config is not None else "")
        from onedoor.screen.stage import Stage
        from onedoor.screen.trouble import Trouble
    except Exception as worse:  # noqa: BLE001 - the first reason is the one that counts
        print(f"{reason}\n{worse}", file=sys.stderr)
        return 2
    runner = Runner(Unable(reason, Timers(clock)), MemoryLink(MemoryBroker(), []), clock)
    stage = Stage(runner, clock, lambda *_: None, 800, urgent=lambda view: view)
    stage.fault_view = Trouble(reason, stuck=True)
    return stage.play(control)
