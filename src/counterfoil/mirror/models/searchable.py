"""
The keys by which records are found, computed by the database beside each record.

They are columns and not indexed expressions, because under row-level security an index serves only
comparisons that the database knows to leak nothing, and a function of a column is never one of them.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable

from counterfoil.domain.searching import GRAM_BITS, fold, make_key


class BitField(models.Field):  # type: ignore[type-arg]  # generic only in the stubs
    """A row of bits of fixed length, written as zeros and ones."""

    def db_type(self, connection: object) -> str:
        """Name PostgreSQL's type."""
        return f"bit({GRAM_BITS})"


def search_key(*fields: str) -> models.GeneratedField:
    """Everything by which a record is known, folded, one line each; the first is its name."""
    return _computed("counterfoil_search_key", _join(fields))


def name_grams(field: str = "name") -> models.GeneratedField:
    """The letters of the name, three by three, as bits: names with many in common are alike."""
    return _computed("counterfoil_grams", F(field), BitField())


def group_ids() -> models.GeneratedField:
    """The groups that a contact is in, as its own text tells them; Xero lists no group with its members."""
    return _computed("counterfoil_groups", F("raw"), ArrayField(models.TextField(db_collation="C")))


def text_key(field: str) -> models.GeneratedField:
    """Letters and digits alone."""
    return _computed("counterfoil_key", F(field))


def text_tail(field: str) -> models.GeneratedField:
    """The last digits, without leading zeros."""
    return _computed("counterfoil_tail", F(field))


def amount_key(field: str) -> models.GeneratedField:
    """The amount in ten-thousandths: a whole number's equality may use an index, a decimal's may not."""
    return _computed("counterfoil_units", F(field), models.BigIntegerField(null=True))


def is_known_as(search: str) -> Q:
    """Say of what has a search key that every word of the search occurs in it."""
    return Q(*(Q(search_key__contains=word) for word in fold(search).split()))


def has_text(search: str) -> Q:
    """Say of a document that its number or reference holds what was typed, whatever signs stand between."""
    key = make_key(search)
    return Q(number_key__contains=key) | Q(reference_key__contains=key)


def _computed(function: str, of: Combinable, kept: Any = None) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Func(of, function=function),
        output_field=kept or models.TextField(db_collation="C"),
        db_persist=True,
    )


def _join(fields: tuple[str, ...]) -> Combinable:
    parts: list[Combinable] = [F(fields[0])]
    for field in fields[1:]:
        parts += [Value("\n"), F(field)]
    return Func(*parts, template="%(expressions)s", arg_joiner=" || ")
