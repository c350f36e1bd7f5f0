"""
Turns a change of a record into sentences: what it was, what it is. Pure.

What is in a list is matched by its id, never by its place: a line that moved up is not a line that
changed. Lists whose members have no id are matched by what they hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from counterfoil.features.history.members import AMOUNTS, OUR_NAMES, drop_twins, name_member, say_value

# What is told first, in this order; the others follow as Xero sends them.
_FIRST = ("Status", "ContactStatus", "Name", "InvoiceNumber", "CreditNoteNumber", "Total", "AmountDue")

# Where the id of a list's members is not simply what ends in "ID".
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Addresses": ("AddressType",),
    "Allocations": ("AllocationID",),
    "ContactGroups": ("ContactGroupID",),
    "ContactPersons": ("EmailAddress", "FirstName", "LastName"),
    "CreditNotes": ("CreditNoteID",),
    "LineItems": ("LineItemID",),
    "Options": ("TrackingOptionID",),
    "Overpayments": ("OverpaymentID",),
    "Payments": ("PaymentID",),
    "Phones": ("PhoneType",),
    "Prepayments": ("PrepaymentID",),
    "TaxComponents": ("Name",),
    "Tracking": ("TrackingCategoryID",),
}

_NUMBERED = frozenset({"LineItems", "JournalLines"})
_TYPED = {"Phones": ("PhoneType", "phone"), "Addresses": ("AddressType", "address")}
_TYPES = {
    "DEFAULT": "Main", "DDI": "Direct", "FAX": "Fax", "MOBILE": "Mobile", "OFFICE": "Office",
    "POBOX": "Postal", "STREET": "Street", "DELIVERY": "Delivery",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """One thing that changed: the sentence, which member of Xero's it is, and both values in words."""

    text: str
    member: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class _Place:
    """Where in the record the telling is: its stream, its currency, and the words in front."""

    stream: str
    currency: str
    prefix: str = ""

    def within(self, words: str) -> "_Place":
        return replace(self, prefix=f"{self.prefix}{words}: ")

    def begin(self, label: str) -> str:
        """Return the label; after words in front it goes on in small letters, but not Xero's names."""
        goes_on = self.prefix and label in OUR_NAMES
        return f"{self.prefix}{label[:1].lower()}{label[1:]}" if goes_on else f"{self.prefix}{label}"

    def say(self, member: str, value: Any) -> str:
        return say_value(member, value, stream=self.stream, currency=self.currency)


def tell_differences(
    before: Mapping[str, Any], after: Mapping[str, Any], *, stream: str, currency: str = ""
) -> list[Sentence]:
    """Return a sentence for everything that differs, between whole records or between what changed."""
    return list(_tell_members(before, after, _Place(stream, currency)))


def _tell_members(before: Mapping[str, Any], after: Mapping[str, Any], place: _Place) -> Iterator[Sentence]:
    before, after = drop_twins(before), drop_twins(after)
    names = list(dict.fromkeys([*_FIRST, *before, *after]))
    for name in names:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield from _tell_member(name, old, new, place)


def _tell_member(name: str, old: Any, new: Any, place: _Place) -> Iterator[Sentence]:
    if name == "Rows":
        yield from _tell_rows(old, new, place)
    elif isinstance(old, list | None) and isinstance(new, list | None) and (old or new):
        yield from _tell_list(name, old or [], new or [], place)
    elif isinstance(old, dict | None) and isinstance(new, dict | None) and (old or new):
        yield from _tell_nested(name, old or {}, new or {}, place)
    else:
        yield _tell_value(name, old, new, place)


def _tell_value(name: str, old: Any, new: Any, place: _Place) -> Sentence:
    label = place.begin(name_member(name))
    before, after = place.say(name, old), place.say(name, new)
    if name in AMOUNTS and _is_number(old) and _is_number(new):
        verb = "rose" if new > old else "fell"
        text = f"{label} {verb} from {before.removesuffix(place.currency).strip()} to {after}"
    elif not before and not after:
        text = f"{label}: empty as before"
    elif not before:
        text = f"{label} added: {after}"
    elif not after:
        text = f"{label} removed: it was {before}"
    else:
        text = f"{label}: {before} → {after}"
    return Sentence(text, name, before, after)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _tell_nested(name: str, old: dict[str, Any], new: dict[str, Any], place: _Place) -> Iterator[Sentence]:
    """Tell what changed inside, unless it has become another thing altogether."""
    identity = _find_identity(old, new)
    if old and new and identity and old.get(identity) != new.get(identity):
        before, after = _title(name, old, place), _title(name, new, place)
        yield Sentence(f"{place.begin(name_member(name))}: {before} → {after}", name, before, after)
    else:
        yield from _tell_members(
            old, new, place.within(place.begin(name_member(name)).removeprefix(place.prefix))
        )


def _find_identity(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    return next((name for name in old if name.endswith("ID") and name in new), None)


def _tell_list(name: str, old: list[Any], new: list[Any], place: _Place) -> Iterator[Sentence]:
    if not all(isinstance(item, dict) for item in [*old, *new]):
        yield _tell_value(name, old, new, place)
        return
    pairs = _match(name, old, new)
    told = [sentence for pair in pairs for sentence in _tell_pair(name, *pair, place)]
    yield from told
    if not told:
        label = place.begin(name_member(name))
        yield Sentence(f"{label} list: the same, in another order", name)


_Numbered = tuple[int, dict[str, Any]] | None


def _match(name: str, old: Sequence[Any], new: Sequence[Any]) -> list[tuple[_Numbered, _Numbered]]:
    """Return what belongs together, with places, in the order of the new list and then the removed."""
    key = _key_of(name, [*old, *new])
    before, after = _index(old, key), _index(new, key)
    pairs: list[tuple[_Numbered, _Numbered]] = [(before.get(known), item) for known, item in after.items()]
    removed: list[tuple[_Numbered, _Numbered]] = [
        (item, None) for known, item in before.items() if known not in after
    ]
    if key is _whole:
        return _pair_leftovers(pairs, removed)
    return pairs + removed


def _pair_leftovers(
    pairs: list[tuple[_Numbered, _Numbered]], removed: list[tuple[_Numbered, _Numbered]]
) -> list[tuple[_Numbered, _Numbered]]:
    """Where there is no id, take what is new for the changed form of what went, in order."""
    left = iter([item for item, _ in removed])
    paired = [(was if was is not None else next(left, None), item) for was, item in pairs]
    return paired + [(item, None) for item in left]


_Key = Callable[[Mapping[str, Any]], str]


def _whole(item: Mapping[str, Any]) -> str:
    return repr(sorted(item.items(), key=lambda member: member[0]))


def _key_of(name: str, items: Sequence[Mapping[str, Any]]) -> _Key:
    names = (
        _KEYS.get(name)
        or tuple(found for found in (items[0] if items else {}) if found.endswith("ID") and len(found) > 2)[
            :1
        ]
    )
    if not names or not all(any(item.get(member) for member in names) for item in items):
        return _whole
    return lambda item: next(str(item[member]) for member in names if item.get(member))


def _index(items: Sequence[dict[str, Any]], key: _Key) -> dict[tuple[str, int], tuple[int, dict[str, Any]]]:
    """Return the members by id; two of the same id are told apart by their order."""
    found: dict[tuple[str, int], tuple[int, dict[str, Any]]] = {}
    for number, item in enumerate(items, start=1):
        known = key(item)
        count = sum(1 for other, _ in found if other == known)
        found[known, count] = (number, item)
    return found


def _tell_pair(name: str, old: _Numbered, new: _Numbered, place: _Place) -> Iterator[Sentence]:
    if old is None and new is not None:
        if said := _title(name, new[1], place):
            yield Sentence(f"{_name_item(name, new, place)} added: {said}", name, "", said)
    elif new is None and old is not None:
        if said := _title(name, old[1], place):
            yield Sentence(f"{_name_item(name, old, place)} removed: {said}", name, said, "")
    elif old is not None and new is not None and old[1] != new[1]:
        if name in _TYPED:
            before, after = _title(name, old[1], place), _title(name, new[1], place)
            yield _tell_words(_name_item(name, new, place), name, before, after)
        else:
            yield from _tell_members(
                old[1], new[1], replace(place, prefix=f"{_name_item(name, new, place)}: ")
            )


def _tell_words(label: str, name: str, before: str, after: str) -> Sentence:
    if not before:
        return Sentence(f"{label} added: {after}", name, before, after)
    if not after:
        return Sentence(f"{label} removed: it was {before}", name, before, after)
    return Sentence(f"{label}: {before} → {after}", name, before, after)


def _name_item(name: str, numbered: tuple[int, dict[str, Any]], place: _Place) -> str:
    number, item = numbered
    if name in _NUMBERED:
        label = f"Line {number}"
    elif name in _TYPED:
        member, noun = _TYPED[name]
        kind = str(item.get(member, ""))
        label = f"{_TYPES.get(kind, kind)} {noun}"
    else:
        label = name_member(name)
    return place.begin(label)


def say_item(name: str, item: Mapping[str, Any], *, stream: str, currency: str = "") -> str:
    """Return what a person would call a member of the list of this name, as in a sentence about it."""
    return _title(name, item, _Place(stream, currency))


def _title(name: str, item: Mapping[str, Any], place: _Place) -> str:

    def say(*members: str) -> str:
        return next((said for member in members if (said := place.say(member, item.get(member)))), "")

    match name:
        case "LineItems" | "JournalLines":
            amount = say("LineAmount")
            count = (
                f"{say('Quantity')} × {say('UnitAmount')}" if say("Quantity") and say("UnitAmount") else ""
            )
            return ", ".join(part for part in (say("Description", "ItemCode"), count, amount) if part)
        case "Payments" | "Allocations":
            of = item.get("Invoice") or {}
            number = place.say("InvoiceNumber", of.get("InvoiceNumber")) if isinstance(of, dict) else ""
            words = [
                say("Amount"),
                f"on {say('Date')}" if say("Date") else "",
                f"for {number}" if number else "",
            ]
            return " ".join(part for part in words if part) or say("PaymentID", "AllocationID")
        case "CreditNotes" | "Prepayments" | "Overpayments":
            return " ".join(part for part in (say("CreditNoteNumber"), say("AppliedAmount", "Total")) if part)
        case "Phones":
            return " ".join(
                part for part in (say("PhoneCountryCode"), say("PhoneAreaCode"), say("PhoneNumber")) if part
            )
        case "Addresses":
            members = ("AttentionTo", "AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "City",
                       "Region", "PostalCode", "Country")  # fmt: skip
            return ", ".join(part for part in (say(member) for member in members) if part)
        case "ContactPersons":
            person = " ".join(part for part in (say("FirstName"), say("LastName")) if part)
            return ", ".join(part for part in (person, say("EmailAddress")) if part)
        case "Tracking":
            return ": ".join(part for part in (say("Name"), say("Option")) if part)
    named = say("Name", "Code", "Number", "InvoiceNumber", "Description")
    return named or "; ".join(
        f"{name_member(member)} {said}"
        for member in drop_twins(item)
        if (said := place.say(member, item[member]))
    )


def _tell_rows(old: Any, new: Any, place: _Place) -> Iterator[Sentence]:
    """Tell the rows of a report by their first cell: each figure that is another one now."""
    before, after = dict(_list_rows(old)), dict(_list_rows(new))
    for label in dict.fromkeys([*after, *before]):
        was, now = before.get(label, ""), after.get(label, "")
        if was != now:
            yield _tell_words(place.begin(label), "Rows", was, now)


def _list_rows(rows: Any, section: str = "") -> Iterator[tuple[str, str]]:
    for row in rows if isinstance(rows, list) else []:
        title = row.get("Title") or ""
        yield from _list_rows(row.get("Rows"), title or section)
        cells = [str(cell.get("Value", "")) for cell in row.get("Cells") or []]
        if cells:
            yield f"{section}, {cells[0]}" if section else cells[0], "  ".join(cells[1:]).strip()
