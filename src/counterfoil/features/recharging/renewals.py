"""What suppliers bill again and again: when the next document is to be expected, and which did not come."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Sum

from counterfoil.domain.renewing import Renews, Rhythm, find_rhythm
from counterfoil.domain.wording import say_amount
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.proposing import SCANNED
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation

_LOOKS_BACK = timedelta(days=800)
_OFTEN = {
    Renews.WEEK: "Every week",
    Renews.MONTH: "Every month",
    Renews.QUARTER: "Every three months",
    Renews.YEAR: "Every year",
}


class Standing(StrEnum):
    """Whether the next document is still to come."""

    LATE = "late"
    COMING = "coming"


@dataclass(frozen=True)
class Document:
    """One document of a supplier: when, how much, and where it is."""

    stream: str
    document_id: str
    number: str
    day: date
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Renewal:
    """What a supplier is to bill next, and what that is concluded from."""

    contact_id: str
    supplier: str
    rhythm: Rhythm
    last: Document
    before: Decimal | None
    standing: Standing
    clients: int

    @property
    def reason(self) -> str:
        """Why it is expected, as somebody could count it."""
        rhythm = self.rhythm
        said = f"{_OFTEN[rhythm.every]}: {rhythm.count} documents since {rhythm.since:%-d %B %Y}"
        amount = f"{say_amount(self.last.amount, self.last.currency)} {self.last.currency}"
        change = ""
        if self.before is not None and self.before != self.last.amount:
            change = f"; {say_amount(self.before, self.last.currency)} the time before"
        return f"{said}, the last on {rhythm.last:%-d %B %Y} over {amount}{change}."


def list_renewals(organisation: Organisation, *, today: date) -> list[Renewal]:
    """
    Return what is to be expected of each supplier with a rhythm, the earliest first; two queries.

    A credit is no renewal, and a supplier of whom two documents were missed is taken to have ended.
    """
    documents = _read_documents(organisation, since=today - _LOOKS_BACK)
    payers = _count_payers(organisation)
    found = []
    for (contact_id, supplier), mine in documents.items():
        rhythm = find_rhythm(one.day for one in mine)
        if rhythm is None or rhythm.is_over(today):
            continue
        last = mine[-1]
        earlier = [one.amount for one in mine[:-1] if one.currency == last.currency and one.day < last.day]
        standing = Standing.LATE if rhythm.is_late(today) else Standing.COMING
        before = earlier[-1] if earlier else None
        clients = payers.get(contact_id, 0)
        found.append(Renewal(contact_id, supplier, rhythm, last, before, standing, clients))
    return sorted(found, key=lambda one: (one.rhythm.next_day, one.supplier.casefold()))


def _read_documents(organisation: Organisation, *, since: date) -> dict[tuple[str, str], Sequence[Document]]:
    """Return the documents of each supplier, by day, as they came since then."""
    lines = Line.objects.filter(SCANNED, organisation=organisation, day__gte=since).exclude(contact_id="")
    keys = ("contact_id", "contact_name", "day", "stream", "document_id", "number", "currency")
    rows = lines.order_by().values_list(*keys).annotate(total=Sum("net")).order_by("day", "document_id")
    found: dict[str, list[Document]] = defaultdict(list)
    names: dict[str, str] = {}
    for contact_id, name, day, stream, document_id, number, currency, total in rows:
        if total > 0:
            names[contact_id] = name
            found[contact_id].append(Document(stream, document_id, number, day, total, currency))
    return {(contact_id, names[contact_id]): mine for contact_id, mine in found.items()}


def _count_payers(organisation: Organisation) -> dict[str, int]:
    """Return how many clients paid something back of each supplier."""
    live = Recharge.objects.filter(organisation=organisation).exclude(state="dropped")
    counted = live.order_by().values_list("source__contact_id").annotate(Count("client", distinct=True))
    return dict(counted)
