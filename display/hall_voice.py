"""The hall's voice: what to say of a call, when and how loud (pure), and the process that says it.

Policy. A call is said in the citizen's language, then in the center's; languages without a pack are left out, never
replaced. Quiet hours are silence: the board shows the call all the same. The process with the loudspeaker may die or
hang: it is started again, later and later, and a call that was not said is passed, not saved up; people are told.
"""

import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from display.announce import Turn
from onedoor.device.config import HallConfig, minute_of
from onedoor.voice import calls
from onedoor.voice.speaker import SHIPPED

log = logging.getLogger("onedoor.voice")

AGAIN_MS = (1_000, 5_000, 30_000)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The voice has said (or could not say) what had this number."""

    number: int
    said: bool


def volume_at(config: HallConfig, minute: int | None) -> int:
    """How loud it is at this minute of the day; a span may cross midnight. While nobody knows the time it is as loud as
    by day: who is called has to hear it.
    """
    for span in config.times:
        if minute is None:
            break
        begin, end = minute_of(span.begin), minute_of(span.end)
        if begin <= minute < end or (end <= begin and (minute >= begin or minute < end)):
            return span.volume
    return config.volume


def utterance(
    turn: Turn, config: HallConfig, packs: Path, minute: int | None, *, brief: bool = False
) -> dict[str, Any] | None:  # fmt: skip
    """What is said of a call, as the player reads it; None: nothing (quiet hours, or no pack at all). `brief`: many
    wait for their turn: number and counter in one language, and no chime.
    """
    volume = volume_at(config, minute)
    if not volume:
        return None
    call, parts = turn.call, []
    for lang in dict.fromkeys((call.lang, *config.languages)):
        if (packs / lang / "pack.toml").exists() and lang in calls.PHRASES:
            again = bool(call.recalls or turn.repeat)
            whole = lang in config.whole_numbers
            parts.append(
                [lang, list(calls.call(lang, call.label, call.counter, again=again, whole=whole, brief=brief))]
            )
    chime = config.chime and not (brief and parts)
    if not parts and not chime:
        return None
    parts = parts[:1] if brief else parts
    return {"id": call.order * 10 + turn.repeat, "parts": parts, "volume": volume, "chime": chime}


def packs_of(config: HallConfig) -> Path:
    """Where the packs are."""
    return Path(config.voice) if config.voice else SHIPPED


@dataclass(slots=True)
class VoiceProcess:
    """The process with the loudspeaker. `post` is told what has been said, from a thread; `told`, that it failed, died
    or hangs.
    """

    config: HallConfig
    now_ms: Callable[[], int]
    post: Callable[[object], None] = lambda _: None
    told: Callable[[str], None] = lambda _: None
    _child: "subprocess.Popen[str] | None" = field(default=None, init=False)
    _died: int = field(default=0, init=False)
    _not_before_ms: int = field(default=0, init=False)

    def say(self, wish: dict[str, Any]) -> bool:
        """Have it said; False: there is no voice now."""
        child = self._alive()
        if child is None or child.stdin is None:
            return False
        try:
            child.stdin.write(json.dumps(wish) + "\n")
            child.stdin.flush()
        except OSError:
            self._gone("died")
            return False
        return True

    def close(self) -> None:
        """End it."""
        child, self._child = self._child, None
        _end(child)

    def hung(self) -> None:
        """It has not answered for too long."""
        self._gone("hung")

    @property
    def pid(self) -> int | None:
        """Whose process it is, for those who want to end it."""
        return self._child.pid if self._child else None

    def _alive(self) -> "subprocess.Popen[str] | None":
        if self._child is not None and self._child.poll() is not None:
            self._gone("died")
        if self._child is None and self.now_ms() >= self._not_before_ms:
            argv = [
                sys.executable,
                "-m",
                "onedoor",
                "voice",
                "play",
                str(packs_of(self.config)),
                "--out",
                self.config.speaker,
            ]
            try:
                self._child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            except OSError as wrong:
                log.warning("the voice cannot be started: %s", wrong)
                self._gone("failed")
                return None
            threading.Thread(target=self._hear, args=(self._child,), daemon=True, name="voice").start()
        return self._child

    def _gone(self, how: str) -> None:
        log.warning("the voice is gone (%s); it is started again", how)
        self.told(how)
        child, self._child = self._child, None
        _end(child)
        self._not_before_ms = self.now_ms() + AGAIN_MS[min(self._died, len(AGAIN_MS) - 1)]
        self._died += 1

    def _hear(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        with child.stdout as said:
            for line in said:
                try:
                    answer = json.loads(line)
                    self.post(Spoken(int(answer["id"]), bool(answer["said"])))
                except (ValueError, KeyError, TypeError):
                    log.warning("the voice said something that cannot be read")
                else:
                    self._died = 0
        if child is self._child:
            self.told("died")


def _end(child: "subprocess.Popen[str] | None") -> None:
    """End a process of ours; what it still had to say is not waited for."""
    if child is None:
        return
    child.kill()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        log.warning("the voice does not die: its sound card holds it")
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
