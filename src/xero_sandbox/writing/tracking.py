"""Tracking categories and their options through the API (FACTS 7.7)."""

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.shapes import GUID, TEXT, Element, Shape
from xero_sandbox.writing.write import Write, choose

OPTION: Shape = {"TrackingOptionID": GUID, "Name": TEXT, "Status": TEXT}
CATEGORY: Shape = {"TrackingCategoryID": GUID, "Name": TEXT, "Status": TEXT, "Options": [OPTION]}
_MOST_ACTIVE, _MOST = 2, 4
_STATUSES = ("ACTIVE", "ARCHIVED")


def save_category(write: Write, element: Element) -> Record:
    """Add a category with no options but its own, rename or archive one. Raises ActRefused."""
    books = write.books
    rows = books.tables["TrackingCategories"]
    if write.record_id is None:
        if sum(row.status == "ACTIVE" for row in rows) >= _MOST_ACTIVE or len(rows) >= _MOST:
            raise ActRefused("An organisation can have a maximum of 2 active tracking categories.")
        category: Record = {"TrackingCategoryID": books.new_id(), "Name": "", "Status": "ACTIVE"}
        category["Options"] = []
    else:
        category = books.read("TrackingCategories", write.record_id)
    category["Name"] = _read_name(element, category["Name"])
    category["Status"] = choose(element, "Status", _STATUSES, category["Status"])
    if any(
        row.id != category["TrackingCategoryID"] and row.read()["Name"].lower() == category["Name"].lower()
        for row in rows
    ):
        raise ActRefused(f"The tracking category name {category['Name']} is already in use.")
    return books.write("TrackingCategories", category, stamp=False)


def save_option(write: Write, element: Element, option_id: str | None = None) -> Record:
    """Add an option to the category of the address, rename or archive one. Raises ActRefused."""
    books = write.books
    category = books.read("TrackingCategories", write.record_id or "")
    options: list[Record] = category["Options"]
    if option_id is None:
        option: Record = {"TrackingOptionID": books.new_id(), "Name": "", "Status": "ACTIVE"}
        option |= {"HasValidationErrors": False, "IsDeleted": False, "IsArchived": False, "IsActive": True}
        options.append(option)
    else:
        option = _find(options, option_id)
    option["Name"] = _read_name(element, option["Name"])
    option["Status"] = choose(element, "Status", _STATUSES, option["Status"])
    option["IsActive"] = option["Status"] == "ACTIVE"
    option["IsArchived"] = not option["IsActive"]
    if sum(item["Name"].lower() == option["Name"].lower() for item in options) > 1:
        raise ActRefused(f"The tracking option name {option['Name']} is already in use.")
    books.write("TrackingCategories", category, stamp=False)
    return option


def delete_category(write: Write) -> Record:
    """Delete a category that no line uses. Raises ActRefused."""
    books = write.books
    category = books.read("TrackingCategories", write.record_id or "")
    _check_unused(books, category["TrackingCategoryID"])
    books.remove("TrackingCategories", category["TrackingCategoryID"])
    return category | {"Status": "DELETED", "Options": []}


def delete_option(write: Write, option_id: str) -> Record:
    """Delete an option that no line uses. Raises ActRefused."""
    books = write.books
    category = books.read("TrackingCategories", write.record_id or "")
    option = _find(category["Options"], option_id)
    _check_unused(books, option["TrackingOptionID"])
    category["Options"].remove(option)
    books.write("TrackingCategories", category, stamp=False)
    return option | {"Status": "DELETED", "IsDeleted": True, "IsActive": False}


def _find(options: list[Record], option_id: str) -> Record:
    for option in options:
        if option["TrackingOptionID"] == option_id:
            return option
    raise WrongDocument


def _read_name(element: Element, default: str) -> str:
    name: str = element.get("Name", default).strip()
    if not name or len(name) > 100:
        raise ActRefused("A Name of 1 to 100 characters must be specified.")
    return name


def _check_unused(books: Organisation, record_id: str) -> None:
    mark = record_id.encode()
    endpoints = ("Invoices", "CreditNotes", "BankTransactions", "Prepayments", "Overpayments")
    if any(mark in row.body for endpoint in endpoints for row in books.tables[endpoint]):
        raise ActRefused("This tracking category or option cannot be deleted because it is in use.")
