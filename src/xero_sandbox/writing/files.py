"""Attachments and notes through the API (FACTS 7.9)."""

from dataclasses import replace

from xero_sandbox.accounting.single import render_attachment
from xero_sandbox.books.catalogue import Resource
from xero_sandbox.books.history import LONGEST_NOTE, add_history
from xero_sandbox.books.organisation import Attachment, Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record, Row
from xero_sandbox.writing.shapes import TEXT, Element, Shape

NOTE: Shape = {"Details": TEXT}
_MOST_FILES = 10
_LARGEST_FILE = 10 * 1024 * 1024
_FORBIDDEN = frozenset('<>:"/\\|?*+\0')
_ONLINE = frozenset({"ACCREC", "ACCRECCREDIT"})


def save_attachment(
    books: Organisation,
    resource: Resource,
    row: Row,
    *,
    file_name: str,
    mime_type: str,
    content: bytes,
    online: bool,
    base_url: str,
) -> Record:
    """Attach a file, in place of the one of the same name; return it as lists show it. Raises ActRefused."""
    if not file_name or set(file_name) & _FORBIDDEN:
        raise ActRefused("The file name contains characters that are not allowed.")
    if not content:
        raise ActRefused("The file must not be empty.")
    if len(content) > _LARGEST_FILE:
        raise ActRefused("The file must not be larger than 10 MB.")
    if online and row.kind not in _ONLINE:
        raise ActRefused("IncludeOnline is only possible for sales invoices and sales credit notes.")
    files = books.attachments[resource.name, row.id]
    same = next((item for item in files if item.file_name == file_name), None)
    if same is None and len(files) >= _MOST_FILES:
        raise ActRefused("A document can have a maximum of 10 attachments.")
    if same is None:
        made = Attachment(books.new_id(), file_name, mime_type, content, include_online=online)
        files.append(made)
    else:
        made = replace(same, mime_type=mime_type, content=content, include_online=online)
        files[files.index(same)] = made
    record = row.read()
    if not record.get("HasAttachments") and resource.name != "RepeatingInvoices":
        books.write(resource.name, record | {"HasAttachments": True})
    add_history(books, resource.name, row.id, changes="Attached a file", details=file_name)
    return render_attachment(resource, row.id, made, base_url)


def save_note(books: Organisation, resource: Resource, row: Row, element: Element) -> Record:
    """Add a note to a record's history. Raises ActRefused."""
    details = element.get("Details", "").strip()
    if not details or len(details) > LONGEST_NOTE:
        raise ActRefused("Details must have 1 to 2500 characters.")
    return add_history(books, resource.name, row.id, changes="Note", details=details)
