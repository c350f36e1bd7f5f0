"""Weighs a campaign while it is written: how its words are cut, what they cost, and whom it would reach."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from counterfoil.domain.money import Money
from counterfoil.domain.reminders.guard import Act, Why
from counterfoil.domain.reminders.reasons import WORDS
from counterfoil.domain.reminders.segments import Segments, cost_of, count_segments
from counterfoil.domain.reminders.templates import Template, TemplateProblem, list_examples, parse_template
from counterfoil.domain.reminders.tone import list_remarks
from counterfoil.features.reminding.audience import select_contacts, select_unpaid
from counterfoil.features.reminding.campaigning import Says
from counterfoil.features.reminding.gathering import Draft, Planned
from counterfoil.features.reminding.models import Campaign, Channel
from counterfoil.features.reminding.owners import Owner
from counterfoil.features.reminding.planning import WORTH_SENDING_FOR
from counterfoil.features.reminding.preparing import Prepared, Versions, Words, look_as_at, prepare

_LOOKED_AT = 1000
"""Of larger audiences the guard is asked about so many while somebody types; the page says so."""
_NAMED = 5
_STEP = 0  # the one step that an audience is weighed with
_UNWRITTEN = Words(None, Template(("-",)))


@dataclass(frozen=True, slots=True)
class Weighed:
    """How a text is cut with examples in its gaps, and what it costs; or why it cannot be filled in."""

    segments: Segments | None
    cost: Money | None = None
    problem: str = ""
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who is left out for one reason: how many, and the first of them by name."""

    words: str
    count: int
    names: Sequence[str]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign would reach if each of the audience were written to at its next hour."""

    at: datetime
    people: int
    looked_at: int
    reached: int
    left_out: Sequence[LeftOut]


def weigh_text(owner: Owner, text: str, *, channel: str) -> Weighed:
    """Return how a text would be read, and cut if it is no e-mail, with examples in its gaps."""
    try:
        template = parse_template(text)
        filled = template.fill(list_examples(business=owner.business, phone=owner.choices.phone))
    except TemplateProblem as problem:
        return Weighed(None, problem=str(problem))
    remarks = list_remarks(template)
    if channel == Channel.EMAIL:
        return Weighed(None, remarks=remarks)
    segments, price = count_segments(filled), owner.choices.price
    cost = None if price is None else cost_of(segments, Money(price, owner.choices.currency))
    return Weighed(segments, cost, remarks=remarks)


def weigh_audience(owner: Owner, campaign: Campaign, says: Sequence[Says]) -> Audience:
    """
    Return how many people the audience is, and who of them is left out and why; the campaign may be unsaved.

    The words are those of the earliest step. A constant number of queries.
    """
    at = _find_next_hour(owner, campaign)
    people, drafts = _draft_everybody(owner, campaign, at)
    prepared = prepare(
        look_as_at(owner, at),
        campaign,
        drafts,
        resumed_at=owner.now,
        versions=_read_versions(campaign, says),
    )
    left_out: dict[Why, list[Prepared]] = defaultdict(list)
    for one in prepared:
        if one.decision.act in (Act.HOLD, Act.DROP):
            left_out[one.decision.why].append(one)
    return Audience(
        at=at,
        people=people,
        looked_at=len(prepared),
        reached=len(prepared) - sum(map(len, left_out.values())),
        left_out=[
            LeftOut(WORDS[why], len(found), [one.contact_name for one in found[:_NAMED]])
            for why, found in sorted(left_out.items(), key=lambda each: -len(each[1]))
        ],
    )


def _draft_everybody(owner: Owner, campaign: Campaign, at: datetime) -> tuple[int, list[Draft]]:
    """Return how many people the audience is, and a message to each of the first of them."""
    expires_at = at + WORTH_SENDING_FOR
    if campaign.kind == Campaign.Kind.BROADCAST:
        contacts = select_contacts(campaign, today=owner.today)
        ids = list(contacts.order_by("xero_id").values_list("xero_id", flat=True)[:_LOOKED_AT])
        return _count(contacts.values("xero_id"), ids), [
            Draft(contact_id, _STEP, (), at, expires_at) for contact_id in ids
        ]
    unpaid = select_unpaid(campaign, today=owner.today).filter(due_date__isnull=False).order_by()
    owing = unpaid.values("contact_id").distinct()
    ids = list(owing.order_by("contact_id").values_list("contact_id", flat=True)[:_LOOKED_AT])
    about: dict[str, list[Planned]] = defaultdict(list)
    rows = unpaid.filter(contact_id__in=ids).order_by("contact_id", "due_date", "number", "xero_id")
    for invoice_id, contact_id, due_on in rows.values_list("xero_id", "contact_id", "due_date"):
        assert due_on is not None  # it was asked for
        about[contact_id].append(Planned(invoice_id, (owner.today - due_on).days, due_on))
    return _count(owing, ids), [
        Draft(contact_id, _STEP, tuple(planned), at, expires_at) for contact_id, planned in about.items()
    ]


def _count(everybody: "QuerySet[Any, Any]", ids: Sequence[str]) -> int:
    return len(ids) if len(ids) < _LOOKED_AT else everybody.count()


def _read_versions(campaign: Campaign, says: Sequence[Says]) -> Versions:
    """Return the words of the earliest step that can be read; while there are none, any will do."""
    earliest = min((said.days for said in says), default=0)
    words = {
        said.language: template
        for said in says
        if said.days == earliest and (template := _read_words(said)) is not None
    }
    return {_STEP: words or {campaign.language: _UNWRITTEN}}


def _read_words(said: Says) -> Words | None:
    try:
        return Words(None, parse_template(said.text))
    except TemplateProblem:
        return None


def _find_next_hour(owner: Owner, campaign: Campaign) -> datetime:
    """Return when the campaign would write next; a broadcast on its day, if that is still to come."""
    day = owner.today
    if campaign.kind == Campaign.Kind.BROADCAST and campaign.broadcast_on is not None:
        day = max(day, campaign.broadcast_on)
    at = datetime.combine(day, campaign.send_at, tzinfo=owner.zone)
    if at <= owner.now:
        at = datetime.combine(day + timedelta(days=1), campaign.send_at, tzinfo=owner.zone)
    return at.astimezone(UTC)
