"""Contact groups and billable expenses through the API (FACTS 7.6, 7.7)."""

from xero_sandbox.books.links import derive_status
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.shapes import GUID, TEXT, Element, Shape
from xero_sandbox.writing.write import Write, choose

GROUP: Shape = {"ContactGroupID": GUID, "Name": TEXT, "Status": TEXT}
MEMBER: Shape = {"ContactID": GUID}
LINK: Shape = {
    "LinkedTransactionID": GUID,
    "SourceTransactionID": GUID,
    "SourceLineItemID": GUID,
    "ContactID": GUID,
    "TargetTransactionID": GUID,
    "TargetLineItemID": GUID,
}
_MOST_GROUPS = 100
_GONE = frozenset({"VOIDED", "DELETED"})


def save_group(write: Write, element: Element) -> Record:
    """Add a contact group, rename it or delete it. Raises ActRefused."""
    books = write.books
    table = books.tables["ContactGroups"]
    wanted = write.record_id or (None if write.creating else element.get("ContactGroupID"))
    if wanted is None:
        if sum(row.status == "ACTIVE" for row in table) >= _MOST_GROUPS:
            raise ActRefused("An organisation can have a maximum of 100 contact groups.")
        group: Record = {"Name": "", "Status": "ACTIVE", "ContactGroupID": books.new_id()}
        group |= {"Contacts": [], "HasValidationErrors": False}
    else:
        row = table.find(wanted)
        if row is None or row.status != "ACTIVE":
            raise WrongDocument
        group = row.read()
    group["Status"] = choose(element, "Status", ("ACTIVE", "DELETED"), group["Status"])
    group["Name"] = str(element.get("Name", group["Name"])).strip()
    if not group["Name"]:
        raise ActRefused("Contact group Name must be specified.")
    if any(
        row.status == "ACTIVE" and row.id != group["ContactGroupID"] and _name(row.read()) == _name(group)
        for row in table
    ):
        raise ActRefused(f"The contact group name {group['Name']} is already in use.")
    books.write("ContactGroups", group, stamp=False)
    for contact_id in list(books.group_members[group["ContactGroupID"]]):
        _show_on_contact(books, contact_id, group, member=group["Status"] == "ACTIVE")
    return group


def _name(group: Record) -> str:
    name: str = group["Name"].lower()
    return name


def add_member(write: Write, element: Element) -> Record:
    """Put a contact into the group of the address and return the contact. Raises ActRefused."""
    books = write.books
    group = books.read("ContactGroups", write.record_id or "")
    contact_id = element.get("ContactID", "")
    row = books.tables["Contacts"].rows.get(contact_id)
    if row is None or row.status != "ACTIVE":
        raise ActRefused("The contact with the specified contact details could not be found.")
    members = books.group_members[group["ContactGroupID"]]
    if contact_id not in members:
        members.append(contact_id)
        books.note_undo(lambda: members.remove(contact_id))
        _show_on_contact(books, contact_id, group, member=True)
    return {"ContactID": contact_id, "Name": row.read()["Name"]}


def remove_members(books: Organisation, group_id: str, contact_id: str | None = None) -> None:
    """Take one contact, or all of them, out of a group. Raises WrongDocument."""
    group = books.read("ContactGroups", group_id)
    members = books.group_members[group["ContactGroupID"]]
    if contact_id is not None and contact_id not in members:
        raise WrongDocument
    for member in [contact_id] if contact_id is not None else list(members):
        members.remove(member)
        _show_on_contact(books, member, group, member=False)


def _show_on_contact(books: Organisation, contact_id: str, group: Record, *, member: bool) -> None:
    contact = books.read("Contacts", contact_id)
    others = [item for item in contact["ContactGroups"] if item["ContactGroupID"] != group["ContactGroupID"]]
    contact["ContactGroups"] = [*others, group] if member else others
    books.write("Contacts", contact)


def save_link(write: Write, element: Element) -> Record:
    """Mark a bought line as billable, or say to whom and on which line it is billed. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("LinkedTransactionID"))
    if wanted is None:
        link = _new_link(books, element)
    else:
        row = books.tables["LinkedTransactions"].find(wanted)
        if row is None:
            raise WrongDocument
        link = row.read()
    if "ContactID" in element:
        if element["ContactID"] not in books.tables["Contacts"].rows:
            raise ActRefused("The contact with the specified contact details could not be found.")
        link["ContactID"] = element["ContactID"]
    if "TargetTransactionID" in element or "TargetLineItemID" in element:
        _aim(books, link, element)
    link["Status"] = derive_status(books, link)
    return books.write("LinkedTransactions", link)


def _new_link(books: Organisation, element: Element) -> Record:
    source_id, line_id = element.get("SourceTransactionID", ""), element.get("SourceLineItemID", "")
    if not source_id or not line_id:
        raise ActRefused("SourceTransactionID and SourceLineItemID must be specified.")
    source = books.tables["Invoices"].rows.get(source_id)
    code = "ACCPAY"
    if source is None:
        source, code = books.tables["BankTransactions"].rows.get(source_id), "SPEND"
    if source is None or source.kind != code or source.status in _GONE:
        raise ActRefused("The source transaction must be a bill or money spent.")
    if line_id not in {line["LineItemID"] for line in source.read()["LineItems"]}:
        raise ActRefused("The SourceLineItemID and SourceTransactionID do not match")
    return {
        "LinkedTransactionID": books.new_id(),
        "SourceTransactionID": source_id,
        "SourceLineItemID": line_id,
        "Type": "BILLABLEEXPENSE",
        "SourceTransactionTypeCode": code,
        "Status": "DRAFT",
        "UpdatedDateUTC": "",
    }


def _aim(books: Organisation, link: Record, element: Element) -> None:
    target_id = str(element.get("TargetTransactionID") or link.get("TargetTransactionID", ""))
    target = books.tables["Invoices"].rows.get(target_id)
    if target is None or target.kind != "ACCREC" or target.status in _GONE:
        raise ActRefused("The target transaction must be a sales invoice.")
    invoice = target.read()
    if element.get("TargetLineItemID") not in {line["LineItemID"] for line in invoice["LineItems"]}:
        raise ActRefused("The TargetLineItemID and TargetTransactionID do not match")
    if link.setdefault("ContactID", invoice["Contact"]["ContactID"]) != invoice["Contact"]["ContactID"]:
        raise ActRefused("The ContactID and the TargetTransaction ContactID do not match")
    link["TargetTransactionID"] = target_id
    link["TargetLineItemID"] = element["TargetLineItemID"]
