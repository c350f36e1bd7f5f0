"""Notices that a supplier bills another price for the same thing than the last time."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from counterfoil.domain.searching import fold
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation

# A yearly price is compared with that of the year before.
_LOOKS_BACK = timedelta(days=400)
_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_WORD = re.compile(r"[^\W\d_]+")

_Thing = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Before:
    """What was billed for the same before, and when."""

    amount: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class _Billed:
    day: date
    document_id: str
    line_id: int
    net: Decimal


def find_prices_before(
    organisation: Organisation, lines: Sequence[Line], among: "QuerySet[Line]"
) -> dict[int, Before]:
    """
    Return, by line, what the same supplier billed last for the same, where it was another amount.

    The same is: that account, those words but for numbers and months, that currency. Of several such lines
    on a document the first is compared with the first, and so on.
    """
    wanted = [line for line in lines if line.contact_id and line.net > 0]
    if not wanted:
        return {}
    earlier = among.filter(
        organisation=organisation,
        net__gt=0,  # a credit is no price
        contact_id__in={line.contact_id for line in wanted},
        day__gte=min(line.day for line in wanted) - _LOOKS_BACK,
    )
    columns = ("contact_id", "account_code", "description", "currency", "day", "document_id", "pk", "net")
    things: dict[_Thing, list[_Billed]] = defaultdict(list)
    for contact_id, account, words, currency, *billed in earlier.order_by("day", "pk").values_list(*columns):
        things[contact_id, account, read_words(words), currency].append(_Billed(*billed))
    before = {line_id: one for billed in things.values() for line_id, one in _compare(billed)}
    return {line.pk: before[line.pk] for line in wanted if line.pk in before}


def read_words(description: str) -> str:
    """Return what a description says but for numbers and months, which differ from bill to bill."""
    words: list[str] = _WORD.findall(fold(description))
    return " ".join(word for word in words if word[:3] not in _MONTHS)


def _compare(billed: Iterable[_Billed]) -> Iterator[tuple[int, Before]]:
    """Yield the lines that differ from those in their place on the document before; given by day."""
    documents: dict[str, list[_Billed]] = defaultdict(list)
    for one in billed:
        documents[one.document_id].append(one)
    last: dict[int, _Billed] = {}
    for lines in documents.values():
        for place, one in enumerate(lines):
            if place in last and last[place].net != one.net:
                yield one.line_id, Before(last[place].net, last[place].day)
            last[place] = one
