"""`onedoor catalogue check|show|keys|sign`: a technician's and a ministry's hands on the catalogue."""

import argparse
import json
import os
import sys
from pathlib import Path

from onedoor.device.catalogue import CenterBook, checked_national, load_book, plain
from onedoor.device.config import ConfigError
from onedoor.device.sealing import new_key, sign_file


def main(argv: list[str]) -> int:
    """Check both catalogue files, show what they add up to, make a pair of keys, sign a national file."""
    parser = argparse.ArgumentParser("onedoor catalogue", description=main.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("check", "show"):
        p = verbs.add_parser(verb)
        p.add_argument("national", nargs="?", default="", help="the national file (the shipped sample if none)")
        p.add_argument("--local", default="", help="the center's own file")
        p.add_argument("--draft", action="store_true", help="the national file is not signed yet")
        p.add_argument("--key", default="", help="the national public key (the shipped one if none)")
    keys = verbs.add_parser("keys")
    keys.add_argument("private", type=Path, help="the private key's new file; keep it away from every center")
    sign = verbs.add_parser("sign")
    sign.add_argument("national", type=Path)
    sign.add_argument("--private", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        if args.verb == "keys":
            print(_make_keys(args.private))
        elif args.verb == "sign":
            print(_sign(args.national, args.private))
        else:
            book = load_book(args.national, args.local, args.key, draft=args.draft)
            print(
                json.dumps(plain(book.catalogue), indent=1, ensure_ascii=False) if args.verb == "show" else _said(book)
            )
    except (ConfigError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def _said(book: CenterBook) -> str:
    catalogue, local = book.catalogue, book.local
    own = f", {len(local.services)} of them the center's own" if local.services else ""
    return f"good: version {catalogue.version}, {len(catalogue.services)} services{own}"


def _make_keys(path: Path) -> str:
    """The private half in a file for its owner alone; the public half is returned."""
    private, public = new_key()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    return public


def _sign(national: Path, private: Path) -> Path:
    """Sign only what is sound: the signature stands beside the file."""
    text = national.read_bytes()
    checked_national(text.decode("utf-8"), str(national))
    mark = Path(f"{national}.sig")
    mark.write_text(sign_file(private.read_bytes(), text) + "\n", encoding="ascii")
    return mark
