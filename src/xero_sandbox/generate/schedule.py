"""When each document is dated, what becomes of it, and how often it is paid."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from xero_sandbox.generate.people import Parties, Party

# Busy springs and autumns, quiet Augusts and Decembers.
_MONTH_WEIGHTS = (0.8, 0.95, 1.25, 1.05, 1.1, 1.15, 0.95, 0.6, 1.15, 1.2, 1.1, 0.7)
YEARS_BACK_DAYS = 730
_ENOUGH_FOR_ALL = 60


@dataclass(slots=True)
class DocumentPlan:
    """One invoice or bill before its lines are written."""

    sales: bool
    party: Party
    day: date
    status: str
    settled_by: str = "payment"
    payments: int = 0
    part_paid: bool = False
    promptness: float = 0.0
    batch: "BatchPlan | None" = None
    payment_id: str | None = None


@dataclass(slots=True, eq=False)
class BatchPlan:
    """Bills that one batch payment pays."""

    day: date
    members: list[DocumentPlan] = field(default_factory=list)


@dataclass(frozen=True)
class PaymentCounts:
    """How an exact number of payments is made up."""

    of_invoices: int
    deleted: int
    refunds: int


def plan_payment_counts(total: int, *, approved: int) -> PaymentCounts:
    """Return the parts of `total`: a few are deleted again, a few are refunds of credit notes."""
    if approved < 40:
        return PaymentCounts(of_invoices=total, deleted=0, refunds=0)
    deleted, refunds = total // 200, min(total // 400, approved // 400)
    return PaymentCounts(of_invoices=total - deleted - refunds, deleted=deleted, refunds=refunds)


def plan_documents(rng: Random, parties: Parties, *, count: int, today: date) -> list[DocumentPlan]:
    """Return `count` plans in order of date, with a few good customers and a long tail."""
    plans: list[DocumentPlan] = []
    choose_customer = _weighted(rng, parties.customers or parties.suppliers)
    choose_supplier = _weighted(rng, parties.suppliers or parties.customers)
    for day in _draw_days(rng, count, today):
        sales = rng.random() < 0.62
        party = next(choose_customer) if sales else next(choose_supplier)
        plan = DocumentPlan(sales, party, day, _draw_status(rng, (today - day).days))
        plan.promptness = (today - day).days - rng.expovariate(1 / 25) - (70 if rng.random() < 0.08 else 0)
        if plan.status == "AUTHORISED":
            plan.settled_by = rng.choices(
                ("payment", "credit", "part credit", "prepayment", "overpayment"),
                (962, 18, 10, 5, 5),
            )[0]
        plans.append(plan)
    _show_every_kind(plans)
    return plans


def _show_every_kind(plans: list[DocumentPlan]) -> None:
    """Let a small organisation have one of each as well; a large one has them by chance."""
    if len(plans) < _ENOUGH_FOR_ALL:
        return
    for place, status in enumerate(("DRAFT", "SUBMITTED", "VOIDED", "DELETED")):
        plans[-3 * place - 2].status = status
    for place, settled_by in enumerate(("credit", "part credit", "prepayment", "overpayment")):
        plan = plans[7 * place + 5]
        plan.status, plan.settled_by = "AUTHORISED", settled_by


def assign_payments(rng: Random, plans: list[DocumentPlan], count: int) -> list[DocumentPlan]:
    """Spread exactly `count` payments over the approved documents; return those left unpaid."""
    payable = [plan for plan in plans if plan.status == "AUTHORISED" and plan.settled_by == "payment"]
    if not payable:
        payable = plans[:1]
        for plan in payable:
            plan.status, plan.settled_by = "AUTHORISED", "payment"
    payable.sort(key=lambda plan: plan.promptness, reverse=True)
    twice = count // 30
    if count - twice > len(payable):
        each, more = divmod(count, len(payable))
        for place, plan in enumerate(payable):
            plan.payments = each + (place < more)
    else:
        for plan in payable[: count - twice]:
            plan.payments = 1
        for plan in rng.sample(payable[: count - twice], min(twice, count - twice)):
            plan.payments = 2
    for plan in payable:
        plan.part_paid = plan.payments > 0 and rng.random() < 0.03
    return [plan for plan in payable if plan.payments == 0]


def group_batches(
    rng: Random, plans: list[DocumentPlan], *, today: date, currency: str
) -> Iterator[list[DocumentPlan]]:
    """Yield the plans in units that are built together: one document, or the bills of one batch."""
    waiting: BatchPlan | None = None
    for plan in plans:
        fits = (
            not plan.sales and plan.payments == 1 and not plan.part_paid and plan.party.currency == currency
        )
        if fits and waiting is None and rng.random() < 0.05:
            waiting = BatchPlan(day=plan.day)
        if waiting is None or not fits:
            yield [plan]
            continue
        plan.batch = waiting
        waiting.members.append(plan)
        if len(waiting.members) == 4:
            waiting.day = min(today, plan.day + timedelta(days=14))
            yield waiting.members
            waiting = None
    if waiting is not None:
        for plan in waiting.members:
            plan.batch = None
            yield [plan]


def _weighted(rng: Random, parties: list[Party]) -> Iterator[Party]:
    weights: list[float] = []
    total = 0.0
    for place in range(len(parties)):
        total += 1 / (place + 3) ** 0.7
        weights.append(total)
    while True:
        yield from rng.choices(parties, cum_weights=weights, k=256)


def _draw_days(rng: Random, count: int, today: date) -> list[date]:
    days = [today - timedelta(days=back) for back in range(YEARS_BACK_DAYS, -1, -1)]
    weights = [
        _MONTH_WEIGHTS[day.month - 1] * (0.25 if day.weekday() > 4 else 1.0) * (1 + place / YEARS_BACK_DAYS)
        for place, day in enumerate(days)
    ]
    return sorted(rng.choices(days, weights, k=count))


def _draw_status(rng: Random, age_days: int) -> str:
    draw = rng.random()
    if age_days < 40 and draw < 0.18:
        return "DRAFT"
    if age_days < 40 and draw < 0.24:
        return "SUBMITTED"
    if draw > 0.99:
        return "DELETED"
    if draw > 0.97:
        return "VOIDED"
    return "AUTHORISED"


def draw_rate(base: float, day: date) -> float:
    """Return a currency rate that drifts a little through the year."""
    return round(base * (1 + 0.03 * math.sin(day.toordinal() / 50)), 6)
