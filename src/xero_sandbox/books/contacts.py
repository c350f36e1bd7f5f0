"""What can be done to a contact (FACTS 8)."""

from collections.abc import Mapping
from typing import Any

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, NameTaken
from xero_sandbox.books.rows import Record, Row

_EDITABLE = frozenset(
    {
        "Name", "FirstName", "LastName", "EmailAddress", "ContactNumber", "AccountNumber", "TaxNumber",
        "CompanyNumber", "Addresses", "Phones", "ContactPersons", "DefaultCurrency", "Website",
        "BankAccountDetails", "ContactStatus",
    }
)  # fmt: skip
_STATUSES = frozenset({"ACTIVE", "ARCHIVED", "GDPRREQUEST"})


def add_contact(organisation: Organisation, fields: Mapping[str, Any]) -> Record:
    """Add a contact; `Name` is required and unique among active contacts. Raises ActRefused."""
    name = str(fields.get("Name", "")).strip()
    if not name:
        raise ActRefused("Contact Name cannot be empty.")
    _check_name(organisation, name, own_id="")
    record = build_contact(organisation, name)
    record |= {key: value for key, value in fields.items() if key in _EDITABLE - {"ContactStatus", "Name"}}
    return organisation.write("Contacts", record)


def build_contact(organisation: Organisation, name: str) -> Record:
    """Return an active contact with nothing but a name; addresses and phones of every kind are empty."""
    return {
        "ContactID": organisation.new_id(),
        "ContactStatus": "ACTIVE",
        "Name": name,
        "FirstName": "",
        "LastName": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "TaxNumber": "",
        "Addresses": [
            {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""}
            for kind in ("POBOX", "STREET")
        ],
        "Phones": [
            {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
            for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")
        ],
        "UpdatedDateUTC": "",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "DefaultCurrency": organisation.profile["BaseCurrency"],
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def edit_contact(organisation: Organisation, contact_id: str, fields: Mapping[str, Any]) -> Record:
    """Change a contact; a new name shows on its documents, whose stamps stay. Raises ActRefused."""
    contact = organisation.read("Contacts", contact_id)
    unknown = set(fields) - _EDITABLE
    if unknown:
        raise ActRefused(f"A contact has no editable {', '.join(sorted(unknown))}")
    if fields.get("ContactStatus", "ACTIVE") not in _STATUSES:
        raise ActRefused(f"ContactStatus {fields['ContactStatus']} is not known")
    name = str(fields.get("Name", contact["Name"])).strip()
    renamed = name != contact["Name"]
    contact |= dict(fields) | {"Name": name}
    if contact["ContactStatus"] == "ACTIVE":
        _check_name(organisation, name, own_id=contact["ContactID"])
    organisation.write("Contacts", contact)
    if renamed:
        organisation.rename_on_documents(contact["ContactID"], name)
    return contact


def archive_contact(organisation: Organisation, contact_id: str) -> Record:
    """Archive a contact: it leaves lists that do not ask for archived ones."""
    return edit_contact(organisation, contact_id, {"ContactStatus": "ARCHIVED"})


def merge_contact(organisation: Organisation, loser_id: str, survivor_id: str) -> Record:
    """
    Move everything of one contact to another and archive it, as can be done only in Xero's own pages.

    The loser keeps its id and names the survivor. Source: FACTS 8.
    """
    loser, survivor = organisation.read("Contacts", loser_id), organisation.read("Contacts", survivor_id)
    if loser["ContactID"] == survivor["ContactID"] or survivor["ContactStatus"] != "ACTIVE":
        raise ActRefused("A contact can only be merged into another active contact.")
    organisation.move_documents(loser["ContactID"], survivor["ContactID"], survivor["Name"])
    loser = organisation.read("Contacts", loser_id)
    loser |= {"ContactStatus": "ARCHIVED", "MergedToContactID": survivor["ContactID"]}
    return organisation.write("Contacts", loser)


def find_or_add_contact(organisation: Organisation, fields: Mapping[str, Any]) -> Record:
    """Return the contact that `ContactID` or `Name` means, adding one for a new name (FACTS 13)."""
    contact_id = fields.get("ContactID") or fields.get("Contact", {}).get("ContactID")
    if contact_id:
        return organisation.read("Contacts", contact_id)
    name = fields.get("Name") or fields.get("Contact", {}).get("Name")
    if not name:
        return _first_active(organisation)
    row = find_by_name(organisation, name)
    return row.read() if row else add_contact(organisation, {"Name": name})


def find_by_name(organisation: Organisation, name: str) -> Row | None:
    """Return the active contact of this name, whatever its case; names are unique among active ones."""
    wanted = name.lower()
    for row in organisation.tables["Contacts"]:
        if row.status == "ACTIVE" and row.name == wanted:
            return row
    return None


def _first_active(organisation: Organisation) -> Record:
    for row in organisation.tables["Contacts"]:
        if row.status == "ACTIVE":
            return row.read()
    return add_contact(organisation, {"Name": "First Customer"})


def _check_name(organisation: Organisation, name: str, *, own_id: str) -> None:
    row = find_by_name(organisation, name)
    if row is not None and row.id != own_id:
        raise NameTaken(name)
