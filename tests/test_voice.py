"""Packs of clips: the format, what the validator finds, what is heard where a clip is missing, what is played."""

import shutil
import subprocess
from array import array
from pathlib import Path

import pytest

from onedoor.device.catalogue import load_catalogue
from onedoor.device.config import ConfigError
from onedoor.voice.app import main
from onedoor.voice.calls import tokens as call_tokens
from onedoor.voice.pack import Clip, check, joined, read_clip, slower, tone, trimmed, write_clip
from onedoor.voice.speaker import SHIPPED, Speaker, louder, spoken
from onedoor.voice.tokens import tokens

WANTED = tokens(load_catalogue()) | call_tokens("lo")
SPOKEN = tokens(load_catalogue()) | call_tokens("en")
ENGLISH = SHIPPED / "en"


def hum(seconds=0.5, rate=22_050, loud=8_000, before=0.0, after=0.0):
    body = [int(loud * (1 if i // 40 % 2 else -1)) for i in range(int(seconds * rate))]
    return Clip(rate, array("h", [0] * int(before * rate) + body + [0] * int(after * rate)))


def test_the_shipped_english_pack_is_whole_and_says_who_speaks():
    assert check(ENGLISH, SPOKEN) == []
    text = (ENGLISH / "pack.toml").read_text()
    assert 'speaker = "espeak-ng"' in text and 'language = "en"' in text


def test_no_other_language_is_invented():
    assert [path.name for path in SHIPPED.iterdir()] == ["en"]


def test_the_validator_names_every_fault(tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(ENGLISH, pack)
    (pack / "begin.wav").unlink()
    (pack / "back.wav").write_bytes(b"not a sound")
    write_clip(pack / "home.wav", hum(rate=16_000, before=0.5))
    write_clip(pack / "help.wav", hum(rate=16_000, loud=32_767))
    write_clip(pack / "done.wav", hum(rate=16_000, loud=400))
    write_clip(pack / "take.wav", hum(rate=22_050, loud=3_000))
    write_clip(pack / "list.wav", hum(9, rate=16_000, loud=3_000))
    found = {finding.key: str(finding) for finding in check(pack, WANTED)}
    assert "is missing" in found["begin"] and "cannot be read" in found["back"]
    assert "silence at its edges" in found["home"] and "9.0 s long" in found["list"]
    assert "rate" in found and "dB from the others" in found["done"]
    assert any("peaks at" in str(f) for f in check(pack, WANTED) if f.key == "help")
    (pack / "pack.toml").write_text('language = "klingon"\n')
    with pytest.raises(ConfigError, match="language"):
        check(pack, WANTED)


def test_recordings_become_a_pack(tmp_path, capsys):
    raw, pack = tmp_path / "raw", tmp_path / "pack"
    raw.mkdir()
    for token in WANTED:
        write_clip(raw / f"{token}.wav", hum(loud=900, before=0.7, after=0.9))
    (raw / "back.wav").write_bytes(b"torn")
    argv = [
        "build",
        str(raw),
        str(pack),
        "--lang",
        "lo",
        "--speaker",
        "reception",
        "--licence",
        "ours",
        "--consent",
        "x",
    ]
    assert main(argv) == 1, "one recording is torn"
    said = capsys.readouterr()
    assert "back" in said.err and f"{len(WANTED) - 1} of {len(WANTED)} clips, 1 findings" in said.out
    assert main(["check", str(pack)]) == 1
    assert main(["build", str(raw), str(raw)]) == 2, "recordings are never overwritten"


def test_recording_asks_for_what_is_missing_and_runs_the_recorder(tmp_path, monkeypatch, capsys):
    def recorder(argv, check):
        assert argv[0] == "arecord" and check
        write_clip(Path(argv[-1]), hum())

    answers = iter(["", "s", "q"])
    monkeypatch.setattr(subprocess, "run", recorder)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert main(["record", str(tmp_path / "lo")]) == 0
    assert [p.name for p in (tmp_path / "lo").iterdir()] == ["begin.wav"]
    assert f"1 of {len(WANTED)} recorded" in capsys.readouterr().out


def test_trimming_and_levels():
    clip = trimmed(hum(before=0.5, after=0.5, loud=500))
    assert max(clip.edges_ms()) <= 25
    assert -21 < clip.loud_db < -19
    assert trimmed(hum(loud=32_767)).peak_db <= -1
    low = slower(hum(1.0))
    assert (low.rate, round(low.seconds, 2)) == (16_000, 1.0)


def test_a_missing_clip_is_a_tone_and_never_another_language(tmp_path):
    assert spoken(tmp_path, ("begin",)) == joined([tone()])
    some = spoken(ENGLISH, ("your_number", "say_a", "nonsense"))
    rate = read_clip(ENGLISH / "say_a.wav").rate
    whole = sum(read_clip(ENGLISH / f"{t}.wav").seconds for t in ("your_number", "say_a")) + tone(rate).seconds + 0.18
    assert some.seconds == pytest.approx(whole, abs=0.01)


def test_loudness_steps():
    clip = hum(loud=8_000)
    assert louder(clip, -20).peak_db == pytest.approx(clip.peak_db - 20, abs=0.1)
    assert max(louder(clip, 60).samples) == 32_767, "never wraps round"


def test_the_speaker_says_the_newest_wish(tmp_path):
    out = tmp_path / "said.wav"
    speaker = Speaker(SHIPPED, f"file:{out}")
    speaker.volume = 4
    speaker.say("en", ("back",))
    wanted = read_clip(ENGLISH / "back.wav").seconds
    for _ in range(2_000):
        if out.exists() and read_clip(out).seconds == pytest.approx(wanted, abs=0.01):
            return
        subprocess.run(["true"], check=True)
    pytest.fail("nothing was said")
