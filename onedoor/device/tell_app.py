"""`onedoor tell`: what a dead program cannot say itself; systemd starts this beside it.

Every unit calls it at its end (`ExecStopPost`, also when it is started again at once, which `OnFailure` does not see),
and `onedoor-tell@.service` when a unit has failed for good. It leaves a file beside the journal; the program that runs
on this box, or runs again, shows it on every clerk's panel (`onedoor.device.needs`).
"""

import argparse
import os
import sys
from pathlib import Path

from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, load
from onedoor.device.needs import write_alarm


def main(argv: list[str]) -> int:
    """`onedoor tell --config FILE UNIT`: keep that a unit ended, with systemd's own word for how."""
    parser = argparse.ArgumentParser("onedoor tell", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--result", default=os.environ.get("SERVICE_RESULT", "failed"), help="success, watchdog, ...")
    parser.add_argument("unit")
    args = parser.parse_args(argv)
    try:
        config = load(args.config, DeviceConfig)
        write_alarm(Path(config.data), args.unit, args.result, SystemClock())
    except (ConfigError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0
