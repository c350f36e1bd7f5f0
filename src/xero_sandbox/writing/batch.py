"""Saves the elements of one request, all or the right ones, and tells what became of each (FACTS 5.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xero_sandbox.accounting.lists import wrap
from xero_sandbox.accounting.single import render_record
from xero_sandbox.books.catalogue import RESOURCES, envelope_key
from xero_sandbox.books.history import add_history
from xero_sandbox.books.organisation import Organisation, RecordNotFound
from xero_sandbox.books.problems import ActRefused, WrongDocument
from xero_sandbox.books.rows import Record, encode
from xero_sandbox.wire.answers import Answer
from xero_sandbox.writing.shapes import Element, Shape, dump
from xero_sandbox.writing.write import Write

NO_ID = "00000000-0000-0000-0000-000000000000"
Save = Callable[[Write, Element], Record]

# Only these can save the good elements of a call and refuse the bad ones (FACTS 5.4).
SPLITTABLE = frozenset(
    {
        *("Invoices", "CreditNotes", "Contacts", "Payments", "BatchPayments"),
        *("Items", "BankTransactions", "ManualJournals"),
    }
)
# Elements of these say how they fared; the published shapes of the others have no room for it.
_TELLS_STATUS = frozenset(
    {
        *("Invoices", "CreditNotes", "Contacts", "Payments", "Items"),
        *("BankTransactions", "ManualJournals"),
    }
)
_TELLS_WARNINGS = frozenset({"Invoices", "CreditNotes", "Payments", "ManualJournals"})
_ERROR_FLAGS = {"Invoices": "HasErrors", "CreditNotes": "HasErrors"}
_ERROR_FLAGS |= {"Contacts": "HasValidationErrors", "Payments": "HasValidationErrors"}


@dataclass(frozen=True)
class Noun:
    """How one endpoint reads and saves its elements."""

    name: str
    shape: Shape
    save: Save
    single: bool = False


@dataclass
class Fate:
    """What became of one element; without `problems` it was saved as `record_id`."""

    element: Element
    record_id: str | None = None
    problems: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


class _Withdrawn(Exception):
    """An element failed and the call is to leave nothing behind."""


def save_all(
    noun: Noun,
    elements: list[Element],
    make_write: Callable[[], Write],
    *,
    summarize: bool,
    envelope: Record,
) -> Answer:
    """Save every element and return the answer; with `summarize` one bad element withdraws all."""
    first = make_write()
    books, fine = first.books, first.fine
    fates: list[Fate] = []
    try:
        with books.attempt():
            for element in elements:
                fates.append(_save_one(noun, element, make_write()))
            if summarize:
                _withdraw_on_problems(fates)
    except _Withdrawn:
        failed = [_render_failure(noun, fate) for fate in fates if fate.problems]
        return refuse_elements(failed)
    rendered = [
        _render_failure(noun, fate)
        if fate.problems
        else _render_saved(books, noun, fate, fine=fine, tell=not summarize)
        for fate in fates
    ]
    return Answer(wrap(envelope, envelope_key(RESOURCES[noun.name]), [encode(item) for item in rendered]))


def _withdraw_on_problems(fates: list[Fate]) -> None:
    if any(fate.problems for fate in fates):
        raise _Withdrawn


def refuse_elements(elements: list[Record]) -> Answer:
    """Return 400 with the elements that are wrong (FACTS 9)."""
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }
    return Answer(encode(body), 400)


def refuse(*messages: str) -> Answer:
    """Return 400 for a request that is about no element of its own."""
    return refuse_elements([{"ValidationErrors": [{"Message": message} for message in messages]}])


def _save_one(noun: Noun, element: Element, write: Write) -> Fate:
    resource = RESOURCES[noun.name]
    known = len(write.books.tables[noun.name])
    try:
        with write.books.attempt():
            record = noun.save(write, element)
            record_id: str = record[resource.id_field]
            is_new = len(write.books.tables[noun.name]) > known
            add_history(write.books, noun.name, record_id, changes="Created" if is_new else "Edited")
    except ActRefused as error:
        return Fate(element, write.record_id, error.messages)
    except RecordNotFound:
        return Fate(element, write.record_id, WrongDocument().messages)
    except ArithmeticError:
        return Fate(element, write.record_id, ("An amount is too large or too small.",))
    return Fate(element, record_id, warnings=write.warnings)


_DOCUMENT_STATUSES = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"})
_TYPES = {
    "Invoices": frozenset({"ACCREC", "ACCPAY"}),
    "CreditNotes": frozenset({"ACCRECCREDIT", "ACCPAYCREDIT"}),
    "BankTransactions": frozenset({"SPEND", "RECEIVE"}),
}
_STATUSES = {
    "Invoices": _DOCUMENT_STATUSES,
    "CreditNotes": _DOCUMENT_STATUSES,
    "BankTransactions": frozenset({"AUTHORISED", "VOIDED", "DELETED"}),
    "ManualJournals": frozenset({"DRAFT", "POSTED", "VOIDED", "DELETED"}),
    "Payments": frozenset({"AUTHORISED", "DELETED"}),
    "BatchPayments": frozenset({"AUTHORISED", "DELETED"}),
}
_NOTHING: frozenset[str] = frozenset()
_WORDS = {
    "LineAmountTypes": frozenset({"Exclusive", "Inclusive", "NoTax"}),
    "ContactStatus": frozenset({"ACTIVE", "ARCHIVED"}),
    **dict.fromkeys(("CurrencyCode", "DefaultCurrency", "AddressType", "PhoneType"), _NOTHING),
}


def _drop_unknown_words(value: Any, words: Mapping[str, frozenset[str]]) -> Any:
    """Leave out enumerated members in a spelling that no answer of Xero has."""
    if isinstance(value, list):
        return [_drop_unknown_words(item, words) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _drop_unknown_words(item, words)
        for key, item in value.items()
        if key not in words or item in words[key]
    }


def _render_failure(noun: Noun, fate: Fate) -> Record:
    id_field = RESOURCES[noun.name].id_field
    words = _WORDS | {
        "Type": _TYPES.get(noun.name, _NOTHING),
        "Status": _STATUSES.get(noun.name, _NOTHING),
    }
    record: Record = {id_field: fate.record_id or NO_ID} | _drop_unknown_words(dump(fate.element), words)
    if noun.name in _ERROR_FLAGS:
        record[_ERROR_FLAGS[noun.name]] = True
    if noun.name in _TELLS_STATUS:
        record["StatusAttributeString"] = "ERROR"
    return record | {"ValidationErrors": [{"Message": message} for message in fate.problems]}


def _render_saved(books: Organisation, noun: Noun, fate: Fate, *, fine: bool, tell: bool) -> Record:
    resource = RESOURCES[noun.name]
    row = books.get_row(noun.name, fate.record_id or "")
    record = render_record(books, resource, row, fine=fine)
    if tell and noun.name in _TELLS_STATUS:
        record["StatusAttributeString"] = "WARNING" if fate.warnings else "OK"
    if fate.warnings and noun.name in _TELLS_WARNINGS:
        record["Warnings"] = [{"Message": message} for message in fate.warnings]
    return record
