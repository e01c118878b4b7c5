"""`onedoor config`: check a center's file, write its boxes' files, make a PIN's spelling or the key of the tags."""

import argparse
import getpass
import os
import secrets
import sys
from pathlib import Path

from firmware_config.boot import block, with_block
from firmware_config.center import CenterFile, check_center, device_files, toml_of
from firmware_config.firewall import rules
from onedoor.device.catalogue import load_catalogue
from onedoor.device.config import ConfigError, Finding, check
from onedoor.device.pin import hashed
from onedoor.device.small_file import replace_file

VOUCHED = (
    "clock_vouched = true: every box believes its own clock from the start. Right for a computer whose clock somebody "
    "sets; wrong for a Raspberry Pi without a clock battery, which starts with its last shutdown (docs/time.md)."
)


def read(path: Path) -> CenterFile:
    """A checked center file; ConfigError with every problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as wrong:
        raise ConfigError(path, [Finding(0, "file", f"cannot be read ({wrong}).")]) from None
    schema = check(text, CenterFile).value
    files = (schema.catalogue, schema.catalogue_local, schema.catalogue_key) if schema else ()
    checked = check_center(text, load_catalogue(*files).all_queues())
    if checked.value is None:
        raise ConfigError(path, checked.findings)
    return checked.value


def write(center: CenterFile, out: Path) -> list[Path]:
    """Write every box's files; config.txt keeps what stands around our block."""
    written = []
    for dev, config in device_files(center).items():
        folder = out / dev
        folder.mkdir(parents=True, exist_ok=True)
        boot = folder / "config.txt"
        old = boot.read_text(encoding="utf-8") if boot.exists() else ""
        files = [(folder / "device.toml", toml_of(config)), (boot, with_block(old, block(config)))]
        if config.role in ("hub", "spare"):
            files.append((folder / "nftables.conf", rules(config)))
        for path, text in files:
            replace_file(path, text.encode())  # PINs stand in it, though as slow hashes
            written.append(path)
    return written


def main(argv: list[str]) -> int:
    """check FILE, write FILE --out DIR; `pin` asks for the staff's PIN and prints its spelling for staff_pin; `tag-key
    FILE` makes the key of the tickets' tags, for the hub and every kiosk of one center.
    """
    parser = argparse.ArgumentParser("onedoor config", description=main.__doc__)
    parser.add_argument("what", choices=("check", "write", "pin", "tag-key"))
    parser.add_argument("file", type=Path, nargs="?", default=Path("center.toml"))
    parser.add_argument("--out", type=Path, default=Path("boxes"))
    args = parser.parse_args(argv)
    try:
        if args.what == "pin":
            print(hashed(getpass.getpass("PIN of six digits (it is not shown): "), secrets.token_bytes(16)))
            return 0
        if args.what == "tag-key":
            with open(os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
            print(f"{args.file}: copy it to the hub and every kiosk, and to nobody else.")
            return 0
        center = read(args.file)
        if args.what == "check":
            boxes = len(device_files(center))
            print(f"{args.file}: good. {boxes} boxes: {', '.join(device_files(center))}")
            if center.clock_vouched:
                print(VOUCHED)
            return 0
        for path in write(center, args.out):
            print(path)
    except (ConfigError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0
