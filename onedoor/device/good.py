"""The last good copies of what a person writes for a box: its configuration, and the catalogue with its signature.

Policy. A program that has started with them keeps a copy beside its journal. A file that was spoilt since (a power cut
while it was edited, a mistake at night) can then be put back by one command, `onedoor repair`; no program does that by
itself, because a change that somebody meant must not disappear silently.
"""

import logging
import os
from pathlib import Path

from onedoor.device.aside import put_aside
from onedoor.device.config import DeviceConfig
from onedoor.device.journal import JournalError
from onedoor.device.small_file import is_odd, read_plain, replace_file

log = logging.getLogger("onedoor.good")

GOOD = "good"
CONFIG = "device.toml"


def named(config: DeviceConfig) -> dict[str, Path]:
    """The catalogue's files that a configuration names, by the names of their copies."""
    found = {}
    if config.catalogue:
        found["national.toml"] = Path(config.catalogue)
        found["national.toml.sig"] = Path(config.catalogue + ".sig")
    if config.catalogue_local:
        found["local.toml"] = Path(config.catalogue_local)
    return found


def keep_good(path: Path, config: DeviceConfig) -> None:
    """Keep copies of the configuration and of what it names; both were just found to be good. A card that takes none
    costs nothing but this help.
    """
    folder = Path(config.data) / GOOD
    for name, source in {CONFIG: path, **named(config)}.items():
        try:
            text, copy = read_plain(source), folder / name
            if os.path.lexists(folder) and not folder.is_dir():
                put_aside(Path(config.data), [folder], "card_damaged")
            if is_odd(copy):
                put_aside(Path(config.data), [copy], "card_damaged")
            if not copy.exists() or copy.stat().st_size != len(text) or read_plain(copy) != text:
                folder.mkdir(mode=0o750, exist_ok=True)
                replace_file(copy, text)
        except (OSError, JournalError) as wrong:
            log.warning("no copy of %s is kept: %s", source, wrong)
