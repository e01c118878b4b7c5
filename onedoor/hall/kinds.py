"""How every kind of row is spelled, and who may send it.

Policy: a spelling never changes once released. New kinds are added, old ones are kept for ever, because logs outlive
programs.
"""

from onedoor.hall import events as ev
from onedoor.hall.events import HUB, Event

ANY_DEVICE: dict[str, type] = {"booted": ev.Booted, "clock_stepped": ev.ClockStepped}
KIOSK: dict[str, type] = {
    "time_told": ev.TimeTold,
    "issued": ev.Issued,
    "printed": ev.Printed,
    "print_failed": ev.PrintFailed,
    "print_unknown": ev.PrintUnknown,
    "skipped": ev.Skipped,
    "numbers_begun": ev.NumbersBegun,
    "list_given": ev.ListGiven,
    "not_here": ev.NotHere,
    "help_asked": ev.HelpAsked,
    "help_ended": ev.HelpEnded,
    "printer_changed": ev.PrinterChanged,
    "paper_changed": ev.PaperChanged,
    "reprinted": ev.Reprinted,
    "slip_given": ev.SlipGiven,
    "staff_came": ev.StaffCame,
    "staff_left": ev.StaffLeft,
    "out_of_service": ev.OutOfService,
    "back_in_service": ev.BackInService,
}
PANEL: dict[str, type] = {
    "time_told": ev.TimeTold,
    "day_answered": ev.DayAnswered,
    "counter_opened": ev.CounterOpened,
    "counter_closed": ev.CounterClosed,
    "call_requested": ev.CallRequested,
    "shown": ev.Shown,
    "none_shown": ev.NoneShown,
    "undo_shown": ev.UndoShown,
    "called_locally": ev.CalledLocally,
    "gave_up": ev.GaveUp,
    "recalled": ev.Recalled,
    "started": ev.Started,
    "ended": ev.Ended,
    "no_show": ev.NoShow,
    "counter_paused": ev.CounterPaused,
    "counter_resumed": ev.CounterResumed,
    "requeue_requested": ev.RequeueRequested,
    "undo_requested": ev.UndoRequested,
    "parked": ev.Parked,
    "transferred": ev.Transferred,
    "walked_in": ev.WalkedIn,
    "roll_set": ev.RollSet,
    "noted": ev.Noted,
    "queue_outside": ev.QueueOutside,
    "rated": ev.Rated,
    "booked": ev.Booked,
}
HUB_KINDS: dict[str, type] = {
    "hub_started": ev.HubStarted,
    "clock_stepped": ev.ClockStepped,
    "called": ev.Called,
    "call_refused": ev.CallRefused,
    "given_back": ev.GivenBack,
    "call_collided": ev.CallCollided,
    "label_repeated": ev.LabelRepeated,
    "expired": ev.Expired,
    "fact_misfit": ev.FactMisfit,
    "clock_corrected": ev.ClockCorrected,
    "tail_lost": ev.TailLost,
    "handed_on": ev.HandedOn,
    "requeued": ev.Requeued,
    "undone": ev.Undone,
    "roll_called": ev.RollCalled,
    "order_changed": ev.OrderChanged,
    "order_cost": ev.OrderCost,
    "paper_found": ev.PaperFound,
    "rules_set": ev.RulesSet,
    "center_closed": ev.CenterClosed,
    "park_over": ev.ParkOver,
    "head_said": ev.HeadSaid,
    "stretch_began": ev.StretchBegan,
    "time_known": ev.TimeKnown,
    "time_said": ev.TimeSaid,
    "time_withdrawn": ev.TimeWithdrawn,
    "time_doubted": ev.TimeDoubted,
    "day_began": ev.DayBegan,
    "line_minded": ev.LineMinded,
    "line_said": ev.LineSaid,
    "restored": ev.Restored,
    "fact_refused": ev.FactRefused,
    "box_overstepped": ev.BoxOverstepped,
    "day_closed": ev.DayClosed,
    "facts_kept": ev.FactsKept,
    "epoch_began": ev.EpochBegan,
    "key_changed": ev.KeyChanged,
    "catalogue_set": ev.CatalogueSet,
    "tag_key_set": ev.TagKeySet,
    "rows_cut": ev.RowsCut,
}
OWN_WORDS = frozenset(
    {
        "hub_started",
        "clock_stepped",
        "clock_corrected",
        "tail_lost",
        "rules_set",
        "center_closed",
        "park_over",
        "head_said",
        "stretch_began",
        "time_known",
        "time_said",
        "time_withdrawn",
        "time_doubted",
        "day_began",
        "line_minded",
        "fact_refused",
        "box_overstepped",
        "day_closed",
        "facts_kept",
        "epoch_began",
        "key_changed",
        "catalogue_set",
        "tag_key_set",
        "rows_cut",
    }
)
"""What a hub says of itself. Its other rows are decisions, and belong to the device's row, or the word, before them."""

KINDS: dict[str, type] = {**ANY_DEVICE, **KIOSK, **PANEL, **HUB_KINDS}
"""Every kind by its spelling on disk and on the wire."""

ROLE_KINDS: dict[str, dict[str, type]] = {
    "kiosk": {**ANY_DEVICE, **KIOSK},
    "counter": {**ANY_DEVICE, **PANEL},
    "hall": ANY_DEVICE,
    "spare": {},
    HUB: HUB_KINDS,
}
"""The kinds a device of each role may send: a kiosk's call request is refused by the hub."""

_SPELLING = {cls: kind for kind, cls in KINDS.items()}


def kind_of(event: Event) -> str:
    """The spelling of an event's kind."""
    return _SPELLING[type(event)]
