"""
Finds records by name, also by a mistyped one.

A row's name is kept as bits, one for every three letters in a row. Counting the bits that a name has in
common with what was typed takes less time than reading the row, so all names are looked at; the few that
have most in common are then held against the typed words letter by letter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import BigIntegerField, Case, F, Func, Model, Q, QuerySet, Value, When
from django.db.models.lookups import GreaterThan

from counterfoil.domain.searching import find_slips, fold, list_grams, measure_likeness, write_grams
from counterfoil.mirror.models.searchable import is_known_as

# So many of those most alike are looked at letter by letter.
_CANDIDATES = 60
# A slip in a word of six letters leaves it a third of its letters three by three.
_SHARED_FROM = 0.3

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class _Ranked:
    row: dict[str, Any]
    rank: tuple[Any, ...]


def find_named(
    rows: "QuerySet[Row]", search: str, fields: Sequence[str], *, limit: int, is_away: Callable[[Any], bool]
) -> list[dict[str, Any]]:
    """
    Return the values of those rows that have every word typed, or else of those named much like them.

    Whole names come first, then beginnings, parts, and likenesses; what is archived comes last. One query.
    A slip in the middle of four letters is looked for by itself, and shown if nothing has what was typed.
    """
    words = fold(search).split()
    if not words:
        return []
    is_literal = is_known_as(search)
    least = max(2, round(_SHARED_FROM * len(list_grams(" ".join(words)))))
    is_slip = _has_slip(words)
    candidates = list(
        rows.annotate(
            shared=_count_shared(write_grams(" ".join(words))),
            is_literal=_as_number(is_literal),
            is_slip=_as_number(is_slip),
        )
        .filter(is_literal | Q(shared__gte=least) | is_slip)
        .order_by("-is_literal", "-is_slip", "-shared", "name")
        .values("search_key", "is_literal", "is_slip", *fields)[:_CANDIDATES]
    )
    if candidates and candidates[0]["is_literal"]:
        candidates = [row for row in candidates if row["is_literal"] or not row["is_slip"]]
    ranked = [ranked for row in candidates if (ranked := _rank(row, words, is_away))]
    return [each.row for each in sorted(ranked, key=lambda each: each.rank)[:limit]]


def _rank(row: dict[str, Any], words: Sequence[str], is_away: Callable[[Any], bool]) -> _Ranked | None:
    name = row["search_key"].partition("\n")[0]
    phrase = " ".join(words)
    if row["is_literal"]:
        place = (
            0 if name == phrase else 1 if name.startswith(phrase) else 2 if f" {phrase}" in f" {name}" else 3
        )
        return _Ranked(row, (0, is_away(row), place, len(name), name))
    likeness = measure_likeness(words, name)
    return _Ranked(row, (1, is_away(row), -likeness, len(name), name)) if likeness else None


def _has_slip(words: Sequence[str]) -> Q:
    """Say of which names a short word may be mistyped; the bits, which cost next to nothing, come first."""
    slips = find_slips(words)
    if slips is None:
        return Q(search_key__in=[])
    return Q(GreaterThan(_count_shared(slips.grams), 0)) & Q(search_key__regex=slips.pattern)


def _as_number(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))


def _count_shared(grams: str) -> Func:
    return Func(
        F("name_grams"),
        Value(grams),
        template="bit_count(%(expressions)s::bit(512))",
        arg_joiner=" & ",
        output_field=BigIntegerField(),
    )
