"""Items: added, changed and deleted for good (FACTS 7.7)."""

from collections.abc import Mapping
from typing import Any

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record


def add_item(organisation: Organisation, fields: Mapping[str, Any]) -> Record:
    """Add an item; `Code` is required and unique. Raises ActRefused."""
    code = str(fields.get("Code", "")).strip()
    if not code:
        raise ActRefused("Item Code is required")
    if organisation.tables["Items"].find(code) is not None:
        raise ActRefused(f"Price List Item with Code '{code}' already exists")
    record: Record = {
        "ItemID": organisation.new_id(),
        "Code": code,
        "Description": fields.get("Description", ""),
        "PurchaseDescription": "",
        "UpdatedDateUTC": "",
        "PurchaseDetails": {},
        "SalesDetails": {"UnitPrice": float(fields.get("UnitPrice", 0)), "AccountCode": "200"},
        "Name": fields.get("Name", code),
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": False,
    }
    return organisation.write("Items", record)


def delete_item(organisation: Organisation, item_id: str) -> None:
    """Delete an item for good: no list shows it again."""
    organisation.remove("Items", organisation.get_row("Items", item_id).id)
