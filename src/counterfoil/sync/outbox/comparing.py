"""Says whether a record of Xero's is as somebody wished it: member by member, by what Xero means. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date

# Xero has one of each kind, and returns all kinds; what is wished names the kind.
_KIND_OF = ("PhoneType", "AddressType")

# What is approved may be paid by now.
_AS_GOOD_AS = {"AUTHORISED": {"AUTHORISED", "PAID"}}


def is_as_wished(wished: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Return whether every member that is wished for stands in the record; what else is there is ignored."""
    return all(is_same(name, value, record.get(name)) for name, value in wished.items())


def is_same(name: str, wished: Any, found: Any) -> bool:
    """Say whether one member is as it is wished, by what Xero means with it."""
    if isinstance(wished, Mapping):
        return isinstance(found, Mapping) and is_as_wished(wished, found)
    if isinstance(wished, Sequence) and not isinstance(wished, str):
        return isinstance(found, Sequence) and _are_same(wished, found)
    if name == "Status" and isinstance(found, str):
        return found in _AS_GOOD_AS.get(str(wished), {wished})
    if isinstance(wished, bool) or wished is None or found is None:
        return wished == found or (wished == "" and found is None)
    if isinstance(wished, int | float | Decimal):
        return _number(wished) == _number(found)
    if isinstance(found, str) and name.endswith("Date"):
        return _day(wished) == _day(found)
    return str(wished).strip().casefold() == str(found).strip().casefold()


def _are_same(wished: Sequence[Any], found: Sequence[Any]) -> bool:
    kind = next((kind for kind in _KIND_OF if wished and kind in wished[0]), "")
    if kind:
        by_kind = {one.get(kind): one for one in found}
        return all(is_as_wished(one, by_kind.get(one[kind], {})) for one in wished)
    return len(wished) == len(found) and all(
        is_as_wished(one, other) for one, other in zip(wished, found, strict=True)
    )


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _day(text: str) -> object:
    try:
        return parse_calendar_date(text)
    except AnswerNotUnderstood:
        return text
