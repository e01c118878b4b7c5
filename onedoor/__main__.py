"""`onedoor COMMAND ...`: one door to everything a person does.

This table knows programs by name only; each is imported when it is asked for, so that a hub never
loads a screen and a report never loads a broker.
"""

import importlib
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo.app:main", "a whole center on this machine"),
    "practice": ("demo.practice_app:main", "learn the counter's panel with simulated citizens"),
    "replay": ("demo.replay_app:main", "a day of a log on the hall board, at any speed"),
    "replay-hub": ("broker.replay_app:main", "the program that plays it"),
    "hub": ("broker.app:main", "the center service"),
    "broker": ("broker.app:main_broker", "the center's private Mosquitto"),
    "promote": ("broker.app:main_promote", "make the spare the hub"),
    "say": ("broker.app:main_say", "the head's word to every counter"),
    "repair": ("broker.repair_app:main", "put a box's damaged, full or foreign files right"),
    "tell": ("onedoor.device.tell_app:main", "what systemd tells of a program that ended by itself"),
    "time": ("broker.time_app:main", "what the hub believes about the time; and say it"),
    "key": ("broker.app:main_key", "the public key under a hub's seals"),
    "kiosk": ("kiosk.app:main", "a kiosk's screen and printer"),
    "printer": ("kiosk.printer.simulator_app:main", "the virtual printer"),
    "paper": ("kiosk.preview_app:main", "draw a ticket or slip into a picture"),
    "voice": ("onedoor.voice.app:main", "record, build and check a spoken language"),
    "hall": ("display.app:main_hall", "the hall board"),
    "counter": ("display.app:main_counter", "a counter's panel"),
    "indicators": ("reports.app:main_indicators", "indicators of a log or of test vectors"),
    "report": ("reports.report_app:main_report", "the figures of a day, month, year: page, table, file"),
    "facts": ("reports.report_app:main_facts", "day facts that add up, one file a day"),
    "evaluator-pack": ("reports.pack_app:main_pack", "a month with its proof, for an outside evaluator"),
    "import": ("reports.import_app:main_import", "a foreign queue's table into the same figures"),
    "walk": ("reports.report_app:main_walk", "one anonymous visit as a picture"),
    "log": ("reports.log_app:main_log", "the wait-time log, visit by visit"),
    "verify": ("reports.verify_app:main_verify", "check a log: chain, order, decisions, indicators"),
    "findings": ("reports.plausible_app:main_findings", "where to look first, if a log is doubted"),
    "prove": ("reports.prove_app:main_prove", "that a row is in the log, or that a head continues another"),
    "check-paper": ("reports.paper_app:main_check_paper", "is this ticket genuine, and does the log agree with it"),
    "witness": ("reports.witness:main", "at a district: sign a center's newest head if it continues the last"),
    "cosigned": ("reports.cosign_app:main_cosigned", "bring back what witnesses have signed"),
    "explain": ("reports.log_app:main_explain", "why a ticket waited, and who went before it"),
    "export": (
        "reports.export_app:main_export",
        "a center's log for others: raw, tables, XES, OCEL, FIWARE, OpenMetrics",
    ),
    "catalogue": ("firmware_config.catalogue:main", "check, show or sign a catalogue of services"),
    "config": ("firmware_config.app:main", "check a center's file, write its boxes' files"),
}


def main() -> int:
    """Run a command; its exit code."""
    argv = sys.argv[1:]
    if not argv or argv[0] in ("-h", "--help") or argv[0] not in COMMANDS:
        if argv and argv[0] not in ("-h", "--help"):
            print(f"onedoor: there is no command '{argv[0]}'\n", file=sys.stderr)
        print("usage: onedoor COMMAND ...\n")
        for name, (_, what) in COMMANDS.items():
            print(f"  {name:12} {what}")
        print("\n`onedoor COMMAND --help` tells more.")
        return 0 if argv and argv[0] in ("-h", "--help") else 2
    module, _, function = COMMANDS[argv[0]][0].partition(":")
    result = getattr(importlib.import_module(module), function)(argv[1:])
    return int(result or 0)


if __name__ == "__main__":
    sys.exit(main())
