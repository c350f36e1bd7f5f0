"""One record by its id or number, in the fuller form that single requests give."""

from urllib.parse import quote

from xero_sandbox.accounting.lists import round_prices
from xero_sandbox.books.catalogue import Resource
from xero_sandbox.books.organisation import Attachment, Organisation
from xero_sandbox.books.rows import Record, Row, encode

_NOT_ON_STUBS = ("Balances", "ContactGroups", "ContactPersons", "HasAttachments")


def render_record(organisation: Organisation, resource: Resource, row: Row, *, fine: bool = False) -> Record:
    """Return a record with what lists leave out: members of a group, details of the contact."""
    record = row.read()
    if row.fine and not fine:
        round_prices(record)
    if resource.name == "ContactGroups":
        record["Contacts"] = _members(organisation, row.id)
    contact_row = organisation.tables["Contacts"].rows.get(row.contact_id or "")
    if contact_row is not None and "Contact" in record:
        contact = contact_row.read()
        record["Contact"] = {
            **{key: value for key, value in contact.items() if key not in _NOT_ON_STUBS},
            "ContactGroups": [],
            "ContactPersons": [],
        }
    if (resource.name, row.id) in organisation.attachments:
        record["Attachments"] = [
            render_attachment(resource, row.id, item, "")
            for item in organisation.attachments[resource.name, row.id]
        ]
    return record


def _members(organisation: Organisation, group_id: str) -> list[Record]:
    contacts = organisation.tables["Contacts"].rows
    return [
        {"ContactID": contact_id, "Name": contacts[contact_id].read()["Name"], "HasValidationErrors": False}
        for contact_id in organisation.group_members[group_id]
        if contact_id in contacts and contacts[contact_id].status == "ACTIVE"
    ]


def render_attachment(resource: Resource, record_id: str, item: Attachment, base_url: str) -> Record:
    """Return an attachment as the list shows it."""
    path = f"/api.xro/2.0/{resource.name}/{record_id}/Attachments/{quote(item.file_name)}"
    return {
        "AttachmentID": item.attachment_id,
        "FileName": item.file_name,
        "Url": f"{base_url}{path}",
        "MimeType": item.mime_type,
        "ContentLength": len(item.content),
        "IncludeOnline": item.include_online,
    }


def list_attachments(
    organisation: Organisation, resource: Resource, record_id: str, base_url: str
) -> list[bytes]:
    """Return the attachments of a record as ready-made JSON."""
    return [
        encode(render_attachment(resource, record_id, item, base_url))
        for item in organisation.attachments.get((resource.name, record_id), [])
    ]


def find_attachment(
    organisation: Organisation, resource: Resource, record_id: str, name_or_id: str
) -> Attachment | None:
    """Return one file of a record, by its name or id."""
    for item in organisation.attachments.get((resource.name, record_id), []):
        if name_or_id in {item.file_name, item.attachment_id}:
            return item
    return None


ACTIONS = (
    "CreateApprovedInvoice",
    "CreateDraftPurchaseOrder",
    "CreateApprovedBill",
    "AttachFilesIntoInvoice",
    "UseMulticurrency",
    "CreateDraftInvoice",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "CreateSentQuote",
    "CreateInvoicePayment",
    "CreateApprovedPurchaseOrder",
    "CreateDraftQuote",
    "CreateDraftBill",
)


def list_actions() -> list[bytes]:
    """Return what the app may do in the organisation."""
    return [encode({"Name": name, "Status": "ALLOWED"}) for name in ACTIONS]
