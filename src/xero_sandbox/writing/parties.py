"""Contacts through the API: added, changed, archived, and named on documents (FACTS 8, 7.1)."""

import re
from typing import Any

from xero_sandbox.books.contacts import build_contact, find_by_name
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, NameTaken, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.shapes import Element, dump
from xero_sandbox.writing.write import Write, check_length, choose

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")
_STATUSES = ("ACTIVE", "ARCHIVED", "GDPRREQUEST")
_PERSONS = 5
_LIMITS = {
    **dict.fromkeys(("Name", "FirstName", "LastName", "EmailAddress"), 255),
    **dict.fromkeys(("ContactNumber", "AccountNumber", "CompanyNumber", "TaxNumber"), 50),
}
_TERM_TYPES = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
_UNIQUE = {
    "ContactNumber": "Another contact has this contact number. Please enter a different contact number.",
    "AccountNumber": "The Account Number already exists. Please enter a different Account Number.",
}
_BY_KIND: dict[str, tuple[str, tuple[str, ...]]] = {
    "Addresses": ("AddressType", ("POBOX", "STREET")),
    "Phones": ("PhoneType", ("DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE")),
}


def save_contact(write: Write, element: Element) -> Record:
    """Add a contact, or change the one that an id, a number or an active name means. Raises ActRefused."""
    books = write.books
    old = _find_old(write, element)
    if old is None and not element.get("Name", "").strip():
        raise ActRefused("Contact Name cannot be empty.")
    contact = old or build_contact(books, element["Name"])
    before = contact["Name"]
    problems: list[str] = []
    _check(books, contact["ContactID"], element, problems)
    status = contact["ContactStatus"]
    try:
        status = choose(element, "ContactStatus", _STATUSES, status)
        changes = _read_changes(books, contact, element)
    except ActRefused as refused:
        raise ActRefused(*problems, *refused.messages) from refused
    if problems:
        raise ActRefused(*problems)
    contact |= changes | {"ContactStatus": status}
    contact["Name"] = " ".join(contact["Name"].split())
    other = find_by_name(books, contact["Name"]) if status == "ACTIVE" else None
    if other is not None and other.id != contact["ContactID"]:
        raise NameTaken(contact["Name"])
    books.write("Contacts", contact)
    if contact["Name"] != before:
        books.rename_on_documents(contact["ContactID"], contact["Name"])
    return contact


def resolve_contact(write: Write, given: Element | None) -> Record:
    """Return the active contact of a document, changing it by what else is given. Raises ActRefused."""
    if given is None:
        raise ActRefused("A Contact must be specified for this type of transaction")
    if not any(given.get(name) for name in ("Name", "ContactID", "ContactNumber")):
        raise ActRefused(
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber"
        )
    # A document's contact is updated or created whatever the document's own method is.
    inner = Write(write.books, bumps_invoice=write.bumps_invoice)
    old = _find_old(inner, given)
    if old is None:
        return save_contact(inner, given)
    if old["ContactStatus"] != "ACTIVE":
        raise ActRefused(
            "The contact with the specified contact details has been archived. The contact must be "
            "un-archived before creating new invoices or credit notes."
        )
    changed = {name: value for name, value in given.items() if name not in {"ContactID", "ContactStatus"}}
    if set(changed) - {"Name", "ContactNumber"} or ("ContactID" in given and _renames(old, changed)):
        return save_contact(inner, changed | {"ContactID": old["ContactID"]})
    return old


def _renames(old: Record, changed: Element) -> bool:
    return any(old.get(name) != value for name, value in changed.items())


def _find_old(write: Write, element: Element) -> Record | None:
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("ContactID"))
    if wanted:
        row = books.tables["Contacts"].find(wanted)
        if row is None:
            raise WrongDocument
        return row.read()
    if write.creating:
        return None
    number = element.get("ContactNumber", "")
    row = books.tables["Contacts"].find(number) if number else None
    row = row or find_by_name(books, " ".join(element.get("Name", "").split()))
    return row.read() if row else None


def _check(books: Organisation, own_id: str, element: Element, problems: list[str]) -> None:
    check_length(element, problems, **_LIMITS)
    name = element.get("Name")
    if name is not None and not name.strip():
        problems.append("Contact Name cannot be empty.")
    if name is not None and set(name) & set("<>"):
        problems.append("Contact Name cannot contain angle brackets.")
    if element.get("EmailAddress") and not _EMAIL.fullmatch(element["EmailAddress"]):
        problems.append("Email address must be valid.")
    if len(element.get("ContactPersons", ())) > _PERSONS:
        problems.append("A contact can have a maximum of 5 contact persons.")
    for field, sentence in _UNIQUE.items():
        wanted = element.get(field, "").lower()
        if wanted and any(
            row.id != own_id and row.status == "ACTIVE" and row.read().get(field, "").lower() == wanted
            for row in books.tables["Contacts"]
        ):
            problems.append(sentence)


def _read_changes(books: Organisation, contact: Record, element: Element) -> Record:
    """Return what is given, with addresses and phones merged by kind and persons replaced as a set."""
    changes = dump({key: value for key, value in element.items() if key != "ContactID"})
    changes.pop("ContactStatus", None)
    for member, (kind_name, kinds) in _BY_KIND.items():
        if member in element:
            merged: dict[str, Any] = {item[kind_name]: item for item in contact[member]}
            for item in element[member]:
                kind = choose(item, kind_name, kinds, kinds[0])
                merged[kind] = merged.get(kind, {}) | item | {kind_name: kind}
            changes[member] = list(merged.values())
    if "DefaultCurrency" in element and element["DefaultCurrency"] not in books.tables["Currencies"].rows:
        raise ActRefused(f"Organisation is not subscribed to currency {element['DefaultCurrency']}")
    for side, term in element.get("PaymentTerms", {}).items():
        kind = choose(term, "Type", _TERM_TYPES, _TERM_TYPES[0])
        changes["PaymentTerms"][side] = {"Day": term.get("Day", 0), "Type": kind}
    return changes
