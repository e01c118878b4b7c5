"""How things stand, for other systems: FIWARE QueueMonitor entities and OpenMetrics text (pure but for the library).

Policy. The present comes from the hall's own fold of the log, the sums from the same facts as every report. Nothing
here names a ticket, except the label of the last one given, which hangs on the wall anyway.
"""

from collections.abc import Iterable
from typing import Any

from onedoor.hall.events import Issued, RowId
from onedoor.hall.hours import is_open
from onedoor.hall.ledger import Ledger, replayed
from onedoor.hall.state import HallState, Ticket
from onedoor.wire.rows import LogRow
from reports.dates import stamp_of
from reports.facts import Counts, Facts, n, total_of

FACETS = ("all", "service", "queue", "class")
BUCKETS_S = (60, 300, 600, 900, 1500, 1800, 3600, 7200)
"""Upper bounds of the histograms: the usual standards are among them."""


def hall_of(rows: Iterable[LogRow]) -> tuple[HallState, int | None, dict[str, str]]:
    """The hall at the end of a log, the time of its last row (None: nobody knows which), and the label last given for
    each service.
    """
    ledger, at, last = Ledger(), 0, dict[str, str]()
    for row in rows:
        event = row.event
        replayed(ledger, row.dev, row.run, row.seq, event, row.dated)
        ledger.hall.changed.clear()
        at = row.t_recv
        if isinstance(event, Issued):
            last[event.service] = event.label
    time = ledger.hall.time
    return ledger.hall, time.center_ms(at, time.stretch) if time.word.word else None, last


def queue_monitors(hall: HallState, at_ms: int | None, last: dict[str, str], center: str) -> list[dict[str, Any]]:
    """One FIWARE QueueMonitor entity (key-values) for each service that was asked for: the newest numbers of the
    day.
    """
    stamp = {} if at_ms is None else {"dateObserved": stamp_of(at_ms)}
    by_service: dict[str, list[Ticket]] = {}
    for ticket in hall.tickets.values():
        if ticket.day == hall.day and ticket.service:
            by_service.setdefault(ticket.service, []).append(ticket)
    opened = at_ms is not None and is_open(hall.rules.hours, at_ms) and hall.closed_day != hall.day
    served_now = {q for dev in hall.open_counters() for q in hall.counters[dev].queues}
    paused = {q for c in hall.counters.values() if c.open and c.paused for q in c.queues}
    found = []
    for service in sorted({*by_service, *last}):
        mine, queue = by_service.get(service, []), hall.rules.route(service)[0]
        called = [ticket for ticket in mine if ticket.called_ms is not None]
        status = "Open" if opened and queue in served_now else "Suspended" if opened and queue in paused else "Closed"
        found.append(
            {
                "id": f"urn:ngsi-ld:QueueMonitor:{center}:{service}",
                "type": "QueueMonitor",
                **stamp,
                "officeName": center,
                "serviceId": service,
                "serviceStatus": status,
                "queueLine": queue,
                "linePriority": max((credit for cls, credit in hall.rules.credit_min.items() if cls != "N"), default=0),
                **_numbered("lastTicketIssued", last.get(service, "") if mine else ""),
                **_numbered("ticketServed", max(called, key=lambda t: t.called_ms or 0).label if called else ""),
                "ticketsToServe": sum(_waits(hall, ticket.id) for ticket in mine),
            }
        )
    return found


def _numbered(name: str, label: str) -> dict[str, Any]:
    """A ticket as the model has it: its number, and its label beside it; nothing if there is none."""
    digits = label.rpartition("-")[2]
    return {name: int(digits), f"{name}Label": label} if digits.isdigit() else {}


def _waits(hall: HallState, ticket: RowId) -> bool:
    return hall.tickets[ticket].waits


def open_metrics(facts: Facts, hall: HallState, center: str) -> str:
    """The log's sums and the hall's present as OpenMetrics text. Base units; no label names a person."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.openmetrics.exposition import generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(facts, hall, center))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


class _Families:
    """The families, when they are asked for."""

    def __init__(self, facts: Facts, hall: HallState, center: str) -> None:
        self.facts, self.hall, self.center = facts, hall, center

    def describe(self) -> list[Any]:
        """Nothing is known before it is asked for."""
        return []

    def collect(self) -> Iterable[Any]:
        """Every family."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        facts, center, honesty = self.facts, self.center, self.facts.honesty

        def counted(name: str, what: str, label: str, values: dict[str, float]) -> Any:
            family = CounterMetricFamily(f"onedoor_{name}", what, labels=["center", *([label] if label else [])])
            for value, many in sorted(values.items()):
                family.add_metric([center, value] if label else [center], many)
            return family

        services = facts.values("service")
        issued: dict[str, float] = {s: facts.group("service", s).legs for s in services}
        yield counted("tickets_issued", "Tickets issued.", "service", issued)
        outcomes = {k: float(v) for k, v in facts.group().outcomes.items() if k != "open"}
        yield counted("visits_ended", "First legs by how they ended.", "outcome", outcomes)
        for name, what, field in (("wait", "Wait of first legs, issue to first call.", "waits"),
                                  ("service", "Service time, ended by hand.", "services")):  # fmt: skip
            family = HistogramMetricFamily(
                f"onedoor_{name}_seconds", what, labels=["center", "service"], unit="seconds"
            )
            for service in services:
                counts: Counts = getattr(facts.group("service", service), field)
                family.add_metric([center, service], _buckets(counts), total_of(counts))
            yield family
        yield counted("hub_out_seconds", "Opening time without the hub.", "", {"": honesty.hub_out_s})
        yield counted("printer_out_seconds", "Opening time with a printer that could not print.", "printer",
                      {k: float(v) for k, v in honesty.printer_s.items()})  # fmt: skip
        yield counted("tickets_alone", "Tickets issued without the hub.", "kiosk",
                      {k: float(v) for k, v in honesty.alone.items()})  # fmt: skip
        yield counted("order_changes", "Calls out of strict order.", "cause",
                      {cause: float(of[0]) for cause, of in facts.order.items()})  # fmt: skip
        waiting = GaugeMetricFamily("onedoor_waiting", "People waiting now.", labels=["center", "queue"])
        for queue in sorted(self.hall.line.names()):
            waiting.add_metric([center, queue], self.hall.line.count(queue))
        yield waiting
        yield GaugeMetricFamily(
            "onedoor_counters_open", "Counters that take people now.", len(self.hall.open_counters())
        )


def _buckets(counts: Counts) -> list[tuple[str, float]]:
    bounds = [(str(float(b)), float(sum(m for v, m in counts.items() if v <= b))) for b in BUCKETS_S]
    return [*bounds, ("+Inf", float(n(counts)))]
