"""Named timers of one device, driven by whoever runs it: no thread, no clock of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.device.clock import Clock

Action = Callable[[], None]


@dataclass(slots=True)
class Timers:
    """A name has at most one timer. Times are monotonic milliseconds."""

    clock: Clock
    _at: dict[str, tuple[int, Action]] = field(default_factory=dict)
    _due: int | None = None

    def start(self, name: str, delay_ms: int, action: Action) -> None:
        """Run `action` once after `delay_ms`; a timer of the same name is replaced."""
        at = self.clock.mono_ms() + delay_ms
        self.cancel(name)
        self._at[name] = (at, action)
        if self._due is None or at < self._due:
            self._due = at

    def start_if_idle(self, name: str, delay_ms: int, action: Action) -> None:
        """The same, but a timer that already runs stays as it is."""
        if name not in self._at:
            self.start(name, delay_ms, action)

    def cancel(self, name: str) -> None:
        """Forget a timer, if there is one."""
        old = self._at.pop(name, None)
        if old is not None and old[0] == self._due:
            self._due = min((at for at, _ in self._at.values()), default=None)

    def running(self, name: str) -> bool:
        """Whether this timer is set."""
        return name in self._at

    def due_ms(self) -> int | None:
        """When the next timer is due."""
        return self._due

    def run_due(self) -> None:
        """Run what is due, earliest first."""
        now = self.clock.mono_ms()
        for name, (at, action) in sorted(self._at.items(), key=lambda item: item[1][0]):
            if at <= now and self._at.get(name) == (at, action):
                self.cancel(name)
                action()
