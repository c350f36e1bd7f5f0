"""Random facts: whatever is sent was allowed by everything, and what waits can be looked at again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import event, given, settings
from hypothesis import strategies as st

from counterfoil.domain.reminders.guard import (
    Act,
    Connected,
    Debt,
    Hold,
    Recipient,
    Sender,
    Snapshot,
    decide,
    list_standing,
)
from counterfoil.domain.reminders.packs import PACKS, SenderNames, find_pack
from counterfoil.domain.statuses import InvoiceStatus

DUE = date(2026, 11, 20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("Pacific/Auckland", "Australia/Perth", "America/New_York", "Europe/London", "Asia/Kolkata")


rarely = st.integers(0, 29).map(lambda each: each == 0)


def mostly(good: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Return the good value most of the time, so that not everything is refused for ten reasons."""
    return rarely.flatmap(lambda is_rare: st.sampled_from(others) if is_rare else st.just(good))


@st.composite
def debts(draw: st.DrawFn, today: date) -> Debt:
    return Debt(
        "one",
        draw(mostly(InvoiceStatus.AUTHORISED, None, *InvoiceStatus)),
        draw(mostly(Decimal(100), Decimal(0), Decimal("0.01"))),
        draw(st.sampled_from([Decimal(0), Decimal(50)])),
        Decimal(0),
        draw(mostly(DUE, DUE + DAY, None)),
        DUE,
        draw(mostly(None, *Hold)),
        draw(st.none() | st.dates(today - 3 * DAY, today + 3 * DAY)),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    now = START + draw(st.integers(0, 365 * 96)) * timedelta(minutes=15)
    zones = tuple(ZoneInfo(name) for name in draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2)))
    today = now.astimezone(zones[0]).date()
    ago = st.lists(st.timedeltas(HOUR, 40 * DAY).map(lambda each: now - each), min_size=1, max_size=4)
    earlier: st.SearchStrategy[list[datetime]] = st.just([]) | ago
    recipient = Recipient(
        zones=zones,
        problem=draw(mostly("", "none")),
        has_opted_out=draw(rarely),
        has_consented=draw(st.booleans()),
        is_excluded=draw(rarely),
        has_unread_reply=draw(rarely),
        hold=draw(mostly(None, *Hold)),
        held_until=draw(st.none() | st.dates(today - 3 * DAY, today + 3 * DAY)),
        sent_at=draw(earlier),
        other_sent_at=draw(earlier),
    )
    return Snapshot(
        now=now,
        today=today,
        connected=draw(mostly(Connected.YES, *Connected)),
        copied_at=draw(mostly(now - HOUR, None, now - 47 * HOUR, now - 49 * HOUR)),
        planned_at=now - draw(st.timedeltas(timedelta(0), DAY)),
        expires_at=now + draw(mostly(-HOUR, timedelta(0)) if draw(rarely) else st.timedeltas(HOUR, 2 * DAY)),
        resumed_at=draw(mostly(now - 3 * DAY, None, now - HOUR)),
        has_ended=draw(rarely),
        is_all_paused=draw(rarely),
        was_attempted=draw(rarely),
        debts=draw(st.lists(debts(today), min_size=1, max_size=3)),
        recipient=recipient,
        sender=Sender(
            is_ready=not draw(rarely),
            by_name=draw(rarely),
            is_registered=draw(st.booleans()),
            left_today=draw(mostly(None, 0, 5)),
        ),
        pack=find_pack(draw(mostly("US", *PACKS))),
    )


@settings(max_examples=200)
@given(snapshots())
def test_whatever_is_sent_was_allowed_by_everything(case: Snapshot) -> None:
    decision = decide(case)
    event(decision.act)
    if decision.act is Act.WAIT:
        assert decision.until is not None
        assert case.now < decision.until
    if decision.act is not Act.SEND:
        return

    assert (case.connected, case.has_ended, case.is_all_paused) == (Connected.YES, False, False)
    assert case.was_attempted is False
    assert case.resumed_at is not None
    assert case.resumed_at <= case.planned_at
    assert case.now < case.expires_at
    assert case.copied_at is not None
    assert case.now - case.copied_at <= timedelta(hours=48)
    assert_reachable(case)
    assert_owed(case)


def assert_reachable(case: Snapshot) -> None:
    who, pack = case.recipient, case.pack
    assert (who.problem, who.has_opted_out, who.is_excluded, who.has_unread_reply) == (
        "",
        False,
        False,
        False,
    )
    assert who.hold is None or (who.held_until is not None and who.held_until < case.today)
    assert who.has_consented or not pack.needs_consent
    assert not (case.sender.by_name and pack.names is SenderNames.NEVER)
    for zone in who.zones:
        there = case.now.astimezone(zone)
        hours = pack.hours[there.weekday()]
        assert hours is not None
        assert hours.opens <= there.time() < hours.closes
        days = [moment.astimezone(zone).date() for moment in who.sent_at]
        assert days.count(there.date()) < pack.a_day
    assert sum(case.now - each < timedelta(days=7) for each in who.sent_at) < pack.a_week
    assert sum(case.now - each < timedelta(days=31) for each in who.sent_at) < pack.a_month


def assert_owed(case: Snapshot) -> None:
    standing = list_standing(case)
    assert standing
    for each in standing:
        assert each.status is InvoiceStatus.AUTHORISED
        assert each.amount_due > 0
        assert each.due_on == each.planned_due_on
        assert each.hold is None or (each.held_until is not None and each.held_until < case.today)
