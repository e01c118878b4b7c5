"""`onedoor voice`: record, build and check a pack of clips."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from onedoor.device.catalogue import load_catalogue
from onedoor.device.config import ConfigError
from onedoor.voice.calls import tokens as call_tokens
from onedoor.voice.pack import check, read_clip, slower, trimmed, write_clip
from onedoor.voice.player import serve
from onedoor.voice.speaker import SHIPPED
from onedoor.voice.tokens import tokens

HELP = """
  onedoor voice record DIR --lang lo     read the sentences aloud, one after the other, on this machine's microphone
  onedoor voice build DIR OUT --lang lo  trim and level the recordings in DIR (any WAV names TOKEN.wav) into a pack
  onedoor voice build OUT --espeak en    make a pack with a machine's voice (English only: no such voice for Lao is fit)
  onedoor voice check PACK               say what is missing or wrong
  onedoor voice play [PACKS]             the hall board's loudspeaker: wishes on standard input, answers on output
"""
PACK = 'language = "{lang}"\nspeaker = "{speaker}"\nlicence = "{licence}"\nconsent = "{consent}"\n'
SECONDS = 4


def main(argv: list[str]) -> int:
    """`onedoor voice record|build|check`."""
    parser = argparse.ArgumentParser(
        "onedoor voice", description=main.__doc__, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("record", "build", "check", "play"))
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--lang", default="lo")
    parser.add_argument("--speaker", default="")
    parser.add_argument("--licence", default="")
    parser.add_argument("--consent", default="")
    parser.add_argument("--espeak", default="", choices=("", "en"))
    parser.add_argument("--out", default="alsa", help="for play: alsa, or file:PATH")
    parser.add_argument("--catalogue", default="")
    parser.add_argument("--local", default="")
    args = parser.parse_args(argv)
    if args.what == "play":
        serve(sys.stdin, sys.stdout, args.folders[0] if args.folders else SHIPPED, args.out)
        return 0
    if not args.folders:
        parser.error("name the folder")
    wanted = tokens(load_catalogue(args.catalogue, args.local)) | call_tokens("en" if args.espeak else args.lang)
    try:
        match args.what:
            case "record":
                return record(args.folders[0], wanted)
            case "build":
                return build(args, wanted)
        return tell(args.folders[0], wanted)
    except (ConfigError, OSError, subprocess.CalledProcessError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def record(folder: Path, wanted: dict[str, str]) -> int:
    """Record what is not there yet, sentence by sentence; Enter goes on, s skips, q ends."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [token for token in wanted if not (folder / f"{token}.wav").exists()]
    for i, token in enumerate(missing, 1):
        print(f"\n{i} of {len(missing)}: say in your language: {wanted[token]}")
        answer = input("Enter records four seconds, s skips, q ends: ").strip().lower()
        if answer == "q":
            break
        if answer != "s":
            argv = ["arecord", "-q", "-d", str(SECONDS), "-f", "S16_LE", "-c", "1", "-r", "22050"]
            subprocess.run([*argv, str(folder / f"{token}.wav")], check=True)
    left = sum(not (folder / f"{token}.wav").exists() for token in wanted)
    print(f"{len(wanted) - left} of {len(wanted)} recorded. Then: onedoor voice build {folder} PACK")
    return 0


def build(args: argparse.Namespace, wanted: dict[str, str]) -> int:
    """Trim and level recordings, or a machine's voice, into a pack."""
    with tempfile.TemporaryDirectory() as scratch:
        source, out = (Path(scratch), args.folders[0]) if args.espeak else (args.folders[0], args.folders[-1])
        if args.espeak:
            for token, words in wanted.items():
                wav = str(source / f"{token}.wav")
                subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", wav, words], check=True)
            args.lang, args.speaker, args.licence = "en", "espeak-ng", "synthetic voice, no rights claimed"
        elif out == source:
            print("Name two folders: the recordings, and the pack to make.", file=sys.stderr)
            return 2
        out.mkdir(parents=True, exist_ok=True)
        for token in wanted:
            path = source / f"{token}.wav"
            if path.exists():
                try:
                    write_clip(out / path.name, trimmed(slower(read_clip(path))))
                except ValueError as wrong:
                    print(f"{token}: {wrong}.", file=sys.stderr)
    facts = {"lang": args.lang, "speaker": args.speaker or "unnamed", "licence": args.licence or "all rights reserved"}
    (out / "pack.toml").write_text(PACK.format(**facts, consent=args.consent), encoding="utf-8")
    return tell(out, wanted)


def tell(pack: Path, wanted: dict[str, str]) -> int:
    """Say what is wrong with a pack; 1 if anything is."""
    findings = check(pack, wanted)
    for finding in findings:
        print(f"  {finding}")
    there = len(wanted) - sum("is missing" in f.problem for f in findings)
    print(f"{pack}: {there} of {len(wanted)} clips, {len(findings)} findings")
    return 1 if findings else 0
