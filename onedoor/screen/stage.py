"""Runs one screen: Kivy in the main thread, the device in its own, a view handed across.

The device never waits for the screen, and the screen never touches the device but through its
inbox. With a control socket, a simulator's hand can touch and look; its touches go through Kivy's
own input, like a finger's.
"""

import gc
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import EventLoop, stopTouchApp
from kivy.clock import Clock as KivyClock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glFinish, glReadPixels
from kivy.input.motionevent import MotionEvent
from PIL import Image

from onedoor.device.clock import Clock
from onedoor.device.control import serve
from onedoor.device.runner import Ending, Runner
from onedoor.screen.keys import Held
from onedoor.screen.pen import Pen
from onedoor.screen.sheet import Sheet, warm
from onedoor.screen.trouble import Trouble, draw_trouble

log = logging.getLogger("onedoor.screen")

FROZEN_MS = 10_000
CALM_MS = 300
FAULT_STAYS_S = 20
GIVE_UP_S = 8
"""A screen that does not end so long after its device has is ended by force."""
Verb = Callable[[dict[str, Any]], dict[str, Any] | None]


class HandTouch(MotionEvent):
    """A touch by a simulator's hand, at a point of the window."""

    def __init__(self, x: float, y: float) -> None:
        place = {"x": x / (Window.width - 1.0), "y": y / (Window.height - 1.0)}
        super().__init__("hand", 1, place, is_touch=True, type_id="touch")

    def depack(self, args: Any) -> None:
        """Where it is."""
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        super().depack(args)


def picture(path: str) -> Callable[[], None]:
    """Take what the window shows now; what it gives back writes it, and may run in any thread."""
    size = Window.size
    pixels = glReadPixels(0, 0, size[0], size[1], GL_RGBA, GL_UNSIGNED_BYTE)

    def save() -> None:
        image = Image.frombytes("RGBA", size, pixels).convert("RGB").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        image.save(f"{path}.part", "PNG", compress_level=3)
        os.replace(f"{path}.part", path)

    return save


class Stage(App):
    """The program of one screen."""

    def __init__(
        self, runner: Runner, clock: Clock, draw: Callable[[Pen, Any], None], design_h: float,
        *, urgent: Callable[[Any], object], verb: Verb = lambda _: None,
        keys: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`urgent` picks what of a view must be on the screen in the next frame (None: nothing); a change of the rest
        (how many wait, say) is drawn CALM_MS later, behind what matters, and together with what follows it.
        """
        super().__init__()
        self.title = os.environ.get("ONEDOOR_TITLE", "OneDoor")
        self.runner, self.clock = runner, clock
        self.sheet = Sheet(lambda pen, view: _draw(draw, pen, view), design_h, clock.mono_ms)
        self._verb, self._keys, self._held = verb, keys, Held()
        self._urgent = lambda view: view if isinstance(view, Trouble) else urgent(view)
        self._changed_ms = 0
        self._newest: Any = None
        self.fault_view: Any = None
        self._ending = Ending()
        self._ended = False
        self._shown: Any = None
        self._tick_ms = clock.mono_ms()
        self._second = -1
        self.shown_at: deque[tuple[int, int]] = deque(maxlen=2_000)
        self._flip: list[int] = []
        runner.healthy = lambda: clock.mono_ms() - self._tick_ms < FROZEN_MS

    def show(self, view: Any) -> None:
        """The device's newest view, from its thread."""
        self._newest = view

    @property
    def view(self) -> Any:
        """What is on the screen now."""
        return self._shown

    def build(self) -> Sheet:
        """Kivy's start."""
        KivyClock.schedule_interval(self._tick, 0)
        steps = warm()
        KivyClock.schedule_interval(lambda _: self._warm(steps), 0.05)
        Window.bind(on_key_down=self._key_down, on_key_up=lambda _w, key, *_: self._held.up(key), on_flip=self._flipped)
        if Window.fullscreen:
            # On a device nothing closes the screen but the device itself.
            Window.bind(on_request_close=lambda *_, **__: True)
        return self.sheet

    def _key_down(self, _window: Any, key: int, _scancode: int, text: str | None, _modifiers: Any) -> None:
        if self._held.down(key, self.clock.mono_ms()):
            self._keys(text or "")

    def open_settings(self, *_: Any) -> bool:
        """Kivy's own page of settings, behind a key: nobody is to find it."""
        return False

    def play(self, control: Path | None) -> int:
        """Run until the device ends or the window is closed; the exit code."""
        if control is not None:
            serve(control, self._hand)  # it outlives the device: what is shown at the end can be looked at too
        worker = threading.Thread(target=self._work, name="device", daemon=True)
        self._ending.of(self.runner)
        worker.start()
        broken = False
        try:
            self.run()
        except Exception:
            log.exception("the screen failed; the device ends too, and both start again")
            broken = True
        self.runner.stop()
        worker.join(timeout=5)
        if self.runner.failed:
            print(self.runner.failed, file=sys.stderr)
        return self.runner.code or int(broken)

    def _work(self) -> None:
        """The device's thread. If it had to give up, people read what to do before the program ends."""
        try:
            self.runner.run()
        finally:
            stays = 0
            if self.runner.failed and not self._ending.wished:
                self._newest, stays = self.fault_view or Trouble(self.runner.failed), FAULT_STAYS_S
            self._ended = True
            KivyClock.schedule_once(lambda _: stopTouchApp(), stays)
            by_force = threading.Timer(stays + GIVE_UP_S, os._exit, [self.runner.code or 1])
            by_force.daemon = True
            by_force.start()

    def _tick(self, _dt: float) -> None:
        now = self._tick_ms = self.clock.mono_ms()
        if self._ended and self._ending.wished:
            stopTouchApp()
        new, second = self._newest, now // 1_000
        if new is None or (new is self._shown and second == self._second):
            return
        matters = self._urgent(new)
        urgent = self._shown is None or (matters is not None and matters != self._urgent(self._shown))
        self._changed_ms = self._changed_ms or now
        if not urgent and now - self._changed_ms < CALM_MS:
            return
        if urgent:
            self._flip.append(getattr(new, "newest", 0))
        self._shown, self._second, self._changed_ms = new, second, 0
        self.sheet.show(new)

    def _warm(self, steps: Iterator[None]) -> bool:
        """One step of warming up; at the end everything loaded is taken out of the garbage collector's
        sight, whose full rounds would hold a call back for a tenth of a second.
        """
        for _ in steps:
            return True
        gc.collect()
        gc.freeze()
        return False

    def _flipped(self, _window: Any) -> None:
        # A software renderer off screen would put frames aside and draw ten of them at once: late, and in more memory.
        glFinish()
        now = self.clock.mono_ms()
        for newest in self._flip:
            self.shown_at.append((newest, now))
        self._flip.clear()

    # -- the simulator's hand ---------------------------------------------------------------------------

    def _hand(self, what: dict[str, Any]) -> dict[str, Any]:
        done = threading.Event()
        answer: dict[str, Any] = {}

        def act(_dt: float) -> None:
            try:
                answer.update(self._do(what))
            except Exception as wrong:  # noqa: BLE001 - told to the hand
                answer["error"] = f"{type(wrong).__name__}: {wrong}"
            done.set()

        KivyClock.schedule_once(act, 0)
        if not done.wait(20):
            return {"error": "the screen does not answer"}
        save = answer.pop("save", None)
        if save is not None:
            save()
        return answer

    def _do(self, what: dict[str, Any]) -> dict[str, Any]:
        match what:
            case {"verb": "touch", "name": str(name)}:
                target = self.sheet.targets.get(name)
                if target is None or self.sheet.deaf:
                    return {"touched": False, "targets": sorted(self.sheet.targets)}
                touch = HandTouch(target.x + target.w / 2, target.y + target.h / 2)
                EventLoop.post_dispatch_input("begin", touch)
                EventLoop.post_dispatch_input("end", touch)
                return {"touched": True}
            case {"verb": "picture", "path": str(path)}:
                return {"path": path, "save": picture(path)}
            case {"verb": "targets"}:
                places = {
                    name: (round(t.x + t.w / 2), round(Window.height - t.y - t.h / 2))
                    for name, t in self.sheet.targets.items()
                }
                return {"targets": sorted(places), "places": places, "overflow": self.sheet.overflow}
            case {"verb": "shown"}:
                return {"shown": list(self.shown_at)}
        if isinstance(self._shown, Trouble):
            return {"screen": "trouble", "fault": self._shown.reason}
        return self._verb(what) or {}


def _draw(draw: Callable[[Pen, Any], None], pen: Pen, view: Any) -> None:
    (draw_trouble if isinstance(view, Trouble) else draw)(pen, view)
