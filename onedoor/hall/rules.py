"""What a center may choose: classes, routes, appointments, returns, hours. Data, and part of the log.

Policy: the hub writes the rules in force into the log before the first decision under them, so whoever reads the log
can check every decision without asking the center for anything. Times of day are minutes since midnight in the
center's zone.
"""

from dataclasses import dataclass, field

from onedoor.hall.zone import LAOS

CLASS_ORDINARY = "N"
ANY_COUNTER = "any/counter"
"""The queue from which every open counter calls: of whoever would wait for nobody otherwise (`onedoor.hall.places`)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When the center is open. `week` has seven lists of (from, to) in minutes, Monday first; `days` says it for single
    days (YYYY-MM-DD): an empty list is a holiday, a shorter one a day with partial staff. Empty `week`: always open.
    `zone`: whose calendar and clocks all of this is of, by its name in the tz database.
    """

    week: tuple[tuple[tuple[int, int], ...], ...] = ()
    days: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    zone: str = LAOS


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one center.

    `credit_min`: minutes of credit of each class. `guard_min`: who has waited so long is before all credit (0: off).
    `routes`: the queues of each service's legs, if there is more than one. `next_leg` and `returned`: a later leg and a
    no-show who comes back within `returned_within_min` keep their time or begin a new one. `early_min`, `late_min`: the
    window around an appointment in which it counts. `close_after_min`: so long after closing time those who wait are
    still served; then they expire. `roll`: first and last number of the paper roll. `standard_min`: within how many
    minutes each service promises the first call. `services`, `languages`: those that rows may name (none: any).
    """

    version: str = ""
    credit_min: dict[str, int] = field(default_factory=lambda: {CLASS_ORDINARY: 0})
    guard_min: int = 0
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    next_leg: str = "keep"
    returned: str = "keep"
    returned_within_min: int = 30
    early_min: int = 30
    late_min: int = 15
    close_after_min: int = 60
    roll: tuple[int, int] = (1, 99)
    hours: Hours = Hours()
    standard_min: dict[str, int] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def route(self, service: str) -> tuple[str, ...]:
        """The queues a visit for this service passes; a service without a route has one queue of its own name."""
        return self.routes.get(service) or (service,)

    def has_queue(self, queue: str) -> bool:
        """Whether the route of some service passes this queue. Rules that name no services name no queues either."""
        return any(queue in self.route(service) for service in self.services)


ALWAYS_OPEN = Hours()
