"""Adding a tax rate to an organisation in Xero, for what none of its rates fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from counterfoil.features.outbox.operations import propose
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Operation, Organisation, TaxRate
from counterfoil.sync.outbox.storing import Proposal
from counterfoil.xero.wishes import NewTaxRate, TaxComponent

CAUSE = "tax rate"


class CannotAddTaxRate(Exception):
    """Xero would not take it; the sentence says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class ReportedAs:
    """A place in the tax return, by Xero's word for it, and a rate of the organisation that goes there."""

    report_tax_type: str
    example: str


class _Raw(msgspec.Struct):
    report_tax_type: str = msgspec.field(name="ReportTaxType", default="")


def list_reported(organisation: Organisation) -> Sequence[ReportedAs]:
    """
    Return where rates are reported, as far as the organisation's own rates show; one query.

    Nothing for countries whose rates Xero reports nowhere. Source: Xero developer guide, "Tax rates".
    """
    found: dict[str, ReportedAs] = {}
    rates = TaxRate.objects.filter(organisation=organisation, status="ACTIVE", gone_at=None)
    for rate in rates.defer("digest").order_by("xero_id"):
        kind = msgspec.json.decode(rate.raw, type=_Raw).report_tax_type
        if kind and kind != "NONE":
            found.setdefault(kind, ReportedAs(kind, rate.name))
    return sorted(found.values(), key=lambda one: one.example)


def list_underway(organisation: Organisation) -> Sequence[Operation]:
    """Return the tax rates that were asked for here lately, the newest first; one query."""
    asked = Operation.objects.filter(organisation=organisation, kind="tax_rate_new", cause_kind=CAUSE)
    return list(asked.order_by("-pk")[:10])


def add_tax_rate(
    organisation: Organisation,
    *,
    name: str,
    percent: Decimal,
    report_tax_type: str | None,
    asked: str,
    by: User,
    now: datetime,
) -> Operation:
    """
    Have a rate of one part written to Xero; `asked` names the press of the button, which counts once.

    Raises CannotAddTaxRate, and NotTwoWay.
    """
    intent = f"{CAUSE}:{asked}"
    is_again = Operation.objects.filter(organisation=organisation, intent_key=intent).exists()
    namesakes = TaxRate.objects.filter(organisation=organisation, name__iexact=name, gone_at=None)
    if not is_again and namesakes.exclude(status="DELETED").exists():
        raise CannotAddTaxRate(f"Xero has a tax rate called “{name}”. Use that one, or choose another name.")
    wish = NewTaxRate(
        name=name, components=[TaxComponent(name=name, rate=percent)], report_tax_type=report_tax_type
    )
    proposal = Proposal(wish=wish, intent_key=intent, cause_id=asked)
    [answer] = propose(organisation, [proposal], cause_kind=CAUSE, by=name_person(by), now=now)
    if isinstance(answer, Exception):
        raise CannotAddTaxRate(str(answer)) from answer
    return answer
