"""A day at a center, in memory: the product's own devices, a virtual clock, a broker that can die."""

from display.presses import Press
from kiosk.flow import Screen
from kiosk.wishes import Begin, Choose, Take
from onedoor.hall import events as ev
from onedoor.hall.desk import At


def kinds(center):
    return [row.kind for row in center.hub.store.rows()]


def test_from_touch_to_end(center):
    center.start_hub()
    kiosk, panel, board = center.kiosk(), center.panel(), center.board()
    assert center.touch(kiosk) == "A1-001"
    assert center.papers[0].ahead == 0
    assert board.box.hall.waiting.queues == {"id": 1}
    center.do(panel, Press.NEXT)
    assert (panel.me.label, panel.me.at) == ("A1-001", At.WALKING)
    assert [(c.label, c.counter) for c in board.box.hall.called.calls] == [("A1-001", "1")]
    center.pass_ms(5_000)
    center.do(panel, Press.START)
    center.pass_ms(60_000)
    center.do(panel, Press.END)
    assert panel.me.at == At.IDLE
    for wanted in ("hub_started", "issued", "printed", "call_requested", "called", "shown", "started", "ended"):
        assert wanted in kinds(center)
    assert center.boxes["k1"].sender.unsent == 0
    assert panel.sender.unsent == 0


def test_the_paper_says_how_many_are_ahead(center):
    center.start_hub()
    kiosk = center.kiosk()
    for _ in range(3):
        center.touch(kiosk)
    assert [job.ahead for job in center.papers] == [0, 1, 2]


def test_without_a_hub_there_is_a_number_and_paper_at_once(center):
    center.use_card("k1")
    kiosk = center.kiosk()
    center.do(kiosk, Begin(), Choose("land"), Take())
    assert center.papers[0].label == "L1-001"
    assert center.papers[0].ahead is None


def test_a_silent_hub_delays_the_paper_by_300_ms_and_no_more(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.broker.deliver = lambda link, message: None
    center.do(kiosk, Begin(), Choose("id"), Take())
    center.pass_ms(200)
    assert center.papers == []
    center.pass_ms(100)
    assert [job.ahead for job in center.papers] == [None]


def test_nobody_waits(center):
    center.start_hub()
    panel = center.panel()
    center.do(panel, Press.NEXT)
    assert panel.me.at == At.IDLE
    assert panel._nobody
    assert "call_refused" in kinds(center)
    assert "none_shown" in kinds(center)


def test_two_counters_never_call_the_same_ticket(center):
    center.start_hub()
    kiosk, one, two = center.kiosk(), center.panel(1), center.panel(2)
    for _ in range(4):
        center.touch(kiosk)
    labels = []
    for _ in range(2):
        for panel in (one, two):
            center.do(panel, Press.NEXT)
            labels.append(panel.me.label)
            center.do(panel, Press.START)
    assert labels == ["A1-001", "A1-002", "A1-003", "A1-004"]


def test_killed_hub_counters_go_on_and_everything_converges(center):
    center.start_hub()
    kiosk, panels = center.kiosk(), [center.panel(n) for n in (1, 2, 3)]
    for _ in range(9):
        center.touch(kiosk)
    center.kill_hub()
    center.broker.stop()
    for dev in ("k1", "c1", "c2", "c3"):
        assert not center.boxes[dev].box.link.connected
    assert center.touch(kiosk) == "A1-010"
    for panel in panels:
        center.do(panel, Press.NEXT)
        assert panel.me.at == At.ASKING
    center.pass_ms(11_000)
    called = [panel.me.label for panel in panels if panel.me.label]
    assert called and len(set(called)) == len(called), "each takes its own share"
    center.broker.begin()
    center.start_hub()
    for dev in ("k1", "c1", "c2", "c3"):
        center.boxes[dev].box.link.join()
    center.pass_ms(30_000)
    log = list(center.hub.store.rows())
    issued = [r.body["label"] for r in log if r.kind == "issued"]
    assert sorted(issued) == [f"A1-{n:03d}" for n in range(1, 11)]
    assert sum(r.kind == "called_locally" for r in log) == len(called)
    assert all(center.boxes[d].sender.unsent == 0 for d in ("k1", "c1", "c2", "c3"))
    assert not any(p.degraded for p in panels)
    center.hub.store.open_ledger()


def test_a_ticket_called_for_a_counter_that_never_showed_it_goes_back(center):
    center.start_hub()
    kiosk, one, two = center.kiosk(), center.panel(1), center.panel(2)
    center.touch(kiosk)
    deliver = center.broker.deliver
    center.broker.deliver = lambda link, m: None if "/jrn/c1/mark" in getattr(m, "topic", "") else deliver(link, m)
    center.do(one, Press.NEXT)
    center.broker.retained.pop(center.topics.mark("c1"), None)
    center.stop("c1")
    center.broker.deliver = deliver
    center.cards["c1"].keep["memory"] = "{}"
    center.panel(1)
    assert "given_back" in kinds(center)
    center.do(two, Press.NEXT)
    assert two.me.label == "A1-001"


def test_cut_off_counters_may_collide_and_the_log_says_so(center):
    center.start_hub()
    kiosk, one, _two = center.kiosk(), center.panel(1), center.panel(2)
    center.touch(kiosk)
    center.stop("c2")
    center.do(one, Press.NEXT)
    ticket = one.me.ticket
    panel = center._box("c2", "counter")
    sender = panel[1]
    sender.append(ev.Booted("x"))
    row = sender.append(ev.CallRequested("2", ("id",)))[0]
    sender.append(ev.CalledLocally(row.id, ticket))
    panel[0].link.start(panel[0].on_news)
    center.settle()
    assert "call_collided" in kinds(center)
    center.do(one, Press.NO_SHOW)
    assert center.hub.ledger.hall.tickets[ticket].phase == "walking", "the other counter still has the person"


def test_unclean_boot_skips_numbers_and_never_prints_again(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    center.printer_fault = ""
    kiosk.print_ = center.papers.append
    center.do(kiosk, Begin(), Choose("id"), Take())
    center.pass_ms(400)
    papers = len(center.papers)
    center.stop("k1")
    kiosk = center.kiosk()
    assert len(center.papers) == papers
    assert center.touch(kiosk) == "A1-013"
    found = kinds(center)
    assert "print_unknown" in found
    assert "skipped" in found


def test_clean_stop_skips_nothing(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    center.stop("k1", clean=True)
    assert center.touch(center.kiosk()) == "A1-002"


def test_a_card_that_forgot_continues_above_what_the_hub_knows(center):
    center.start_hub()
    kiosk = center.kiosk()
    for _ in range(5):
        center.touch(kiosk)
    center.stop("k1", clean=True)
    del center.cards["k1"]
    kiosk = center.kiosk()
    center.touch(kiosk, "land")
    center.pass_ms(1_000)
    assert center.touch(kiosk) == "A1-016"


def test_paper_out_is_reported_and_the_number_is_valid(center):
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.printer_fault = "paper_out"
    center.touch(kiosk)
    assert "print_failed" in kinds(center)
    center.do(panel, Press.NEXT)
    assert panel.me.label == "A1-001"


def test_a_new_day_begins_again_and_expires_who_still_waits(center):
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.pass_night()
    assert "expired" in kinds(center), "the day ends by itself, not by a touch"
    assert center.touch(kiosk) == "A1-001"
    center.do(panel, Press.NEXT)
    assert center.hub.ledger.hall.tickets[panel.me.ticket].day > "2026-11-18"


def test_hub_that_lost_its_tail_gets_the_rows_back(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    center.kill_hub()
    import shutil

    shutil.copytree(center.folder, center.folder.parent / "backup")
    center.start_hub()
    center.pass_ms(1_000)
    for _ in range(4):
        center.touch(kiosk)
    center.kill_hub()
    shutil.rmtree(center.folder)
    shutil.move(center.folder.parent / "backup", center.folder)
    center.start_hub()
    center.pass_ms(30_000)
    found = kinds(center)
    assert found.count("issued") == 5
    assert "tail_lost" in found
    assert kiosk.sender.unsent == 0


def test_repeated_messages_change_nothing(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    seen = []
    deliver = center.broker.deliver
    center.broker.deliver = lambda link, m: (seen.append(m), deliver(link, m))
    center.touch(kiosk)
    before = center.hub.store.hub_seq
    for message in seen:
        if "batch" in getattr(message, "topic", ""):
            center.boxes["hub"].on_news(message)
    center.settle()
    assert center.hub.store.hub_seq == before


def test_a_late_will_of_an_earlier_hub_says_nothing_about_this_one(center):
    center.start_hub()
    kiosk = center.kiosk()
    old_will = center.hub.link.will
    center.kill_hub()
    assert not kiosk.box.fresh
    center.start_hub()
    center.pass_ms(1_000)
    assert kiosk.box.fresh
    center.broker.publish(old_will.topic, old_will.payload, retain=True)
    center.settle()
    assert kiosk.box.fresh
    center.kill_hub()
    assert not kiosk.box.fresh


def test_a_call_that_arrives_before_its_issue_is_on_the_board_with_its_label(center):
    """The kiosk is cut off; a counter that saw the ticket before calls it; the label comes later."""
    hub, board = center.start_hub(), center.board()
    kiosk, (box, sender) = center.kiosk(), center._box("c1", "counter")
    center.stop("k1", clean=True)
    kiosk = center.kiosk()
    kiosk.box.link.cut()
    center.touch(kiosk)
    rid = kiosk.sender.journal.read(0, 100)[-2].id
    sender.append(ev.Booted("x"), ev.CounterOpened("1", ("id",)))
    command = sender.append(ev.CallRequested("1", ("id",)))[0].id
    sender.append(ev.CalledLocally(command, rid))
    box.link.start(lambda news: box.on_news(news))
    center.settle()
    assert board.box.hall.called.calls == [], "nothing to show yet"
    kiosk.box.link.join()
    center.settle()
    assert [c.label for c in board.box.hall.called.calls] == ["A1-001"]
    hub.store.open_ledger()


def power_cut(center, dev="k1"):
    """The box is dark; its next start is another boot."""
    center.stop(dev)
    center.clock._boot_id += "+"


def test_after_a_power_cut_without_a_hub_numbers_wait_a_minute(center):
    center.use_card("k1")
    kiosk = center.kiosk()
    center.do(kiosk, Begin(), Choose("id"), Take())
    power_cut(center)
    kiosk = center.kiosk()
    center.do(kiosk, Begin(), Choose("id"), Take())
    assert (kiosk.screen, len(center.papers)) == (Screen.STARTING, 1)
    center.pass_ms(61_100, 1_000)
    assert kiosk.screen is Screen.WELCOME
    center.do(kiosk, Begin(), Choose("id"), Take())
    assert center.papers[-1].label == "A1-012"


def test_after_a_power_cut_the_hubs_word_is_enough(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    power_cut(center)
    kiosk = center.kiosk()
    assert kiosk.screen is Screen.WELCOME
    assert center.touch(kiosk) == "A1-012"


def test_a_killed_program_does_not_wait(center):
    center.use_card("k1")
    kiosk = center.kiosk()
    center.do(kiosk, Begin(), Choose("id"), Take())
    center.stop("k1")
    assert center.kiosk().screen is Screen.WELCOME


def test_a_start_that_the_card_forgot_costs_ten_more_numbers(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    card = center.cards["k1"]
    kept = list(card.rows), dict(card.keep), [type(s)(s.run, s.first, s.count) for s in card.spans]
    power_cut(center)
    center.touch(center.kiosk())
    power_cut(center)
    card = center.cards["k1"]
    card.rows, card.keep, card.spans = kept
    kiosk = center.kiosk()
    label = center.touch(kiosk)
    assert label not in {job.label for job in center.papers[:-1]}
    assert int(label[-3:]) > 21, "behind everything that the forgotten start could have given"


def test_a_forgotten_start_is_noticed_once_and_the_mornings_after_begin_with_one(center):
    center.start_hub()
    center.touch(center.kiosk())
    card = center.cards["k1"]
    kept = list(card.rows), dict(card.keep), [type(s)(s.run, s.first, s.count) for s in card.spans]
    power_cut(center)
    center.touch(center.kiosk())
    power_cut(center)
    card = center.cards["k1"]
    card.rows, card.keep, card.spans = kept
    kiosk = center.kiosk()
    first = int(center.touch(kiosk)[-3:])
    center.stop("k1", clean=True)
    kiosk = center.kiosk()
    assert int(center.touch(kiosk)[-3:]) == first + 1, "nothing new is forgotten"
    for _ in range(2):
        center.stop("k1", clean=True)
        center.pass_ms(24 * 3_600_000, 600_000)
        assert center.touch(center.kiosk()) == "A1-001"


def test_the_waiting_list_is_told_only_when_it_changed(center):
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    heard = []
    center.broker.deliver = lambda link, message: (heard.append((link, message.topic)), link.receive(message))
    center.touch(kiosk)
    center.do(panel, Press.NEXT)
    center.pass_ms(1_000)
    center.do(panel, Press.START, Press.END, Press.CLOSE)
    told = [topic for link, topic in heard if link is panel.box.link and topic == center.topics.state("waiting")]
    assert len(told) == 3, "somebody came, somebody was called, a counter closed"


def test_a_box_of_many_cards_is_told_of_the_one_it_has(center):
    """What it had said on nine other cards came in behind the first rows of this one, from a hub that had been put
    aside. A mark has room for eight runs: the box sent its rows for ever, and a hub without a memory took none twice.
    """
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    for n in range(9):
        center.hub.ledger.reach("k1", f"f{n:015x}", 3)
    center.touch(kiosk)
    center.pass_ms(30_000, 1_000)
    assert kiosk.sender.unsent == 0
    center.hub.ledger.have["k1"] = dict(sorted(center.hub.ledger.have["k1"].items()))
    kiosk.sender.acked = 0
    kiosk.sender.on_link(up=True)
    center.pass_ms(60_000, 1_000)
    assert kiosk.sender.unsent == 0, "in whatever order the hub has read them from its disk"
