"""
What can be written to Xero: one row for each kind, with the one way to do it and to find it again.

Source of paths, methods and limits: Xero's OpenAPI file, and the developer guide's pages of the
endpoints, "Idempotent requests" and "Requests and Responses".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

import msgspec

from counterfoil.xero import wishes
from counterfoil.xero.scopes import Write
from counterfoil.xero.wishes import Wish

# Xero advises not to send more at once. Source: developer guide, "API limits".
TOGETHER = 50

_EACH_ALONE = {"summarizeErrors": "false"}
_FINE_PRICES = {"summarizeErrors": "false", "unitdp": "4"}


class Search(Enum):
    """How a write that was not answered is looked for in Xero; the value says how sure that is."""

    BY_REFERENCE = "Certain: our reference stands on the record, and nobody else writes it there."
    BY_NAME = "Certain: Xero has one record of this name or code at a time."
    BY_RECORD = "Certain: the record itself shows whether it is as wished."
    BY_ALLOCATION = "Certain: the credit note lists what it was set against."
    BY_FILE = "Certain: a file of the same name, size and bytes is there; sent again, it replaces itself."
    BY_NOTE = "Certain: the history shows a note of the same words since then."
    BY_SOURCE = "Certain: Xero lists the links of the bought line; those that were there before are known."
    BY_ABSENCE = "Certain: Xero has it, or has it no more."


@dataclass(frozen=True)
class Kind:
    """
    One kind of write.

    `path` is below the accounting address and may hold fields of the wish; `envelope` is the list's member
    in the body, `answer` the one in the answer. `stream` is what comes back, `about` the field of the
    wish that names the record it acts on. `marker` is the member that carries our reference. What
    `goes_along` is approved and held with the document that it waits for: a person sees them as one.
    """

    name: str
    title: str
    wish: type[Wish]
    method: str
    path: str
    write: Write
    search: Search
    envelope: str = ""
    answer: str = ""
    stream: str = ""
    about: str = ""
    marker: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    together: int = 1
    goes_along: bool = False

    @property
    def makes_new(self) -> bool:
        """Say whether it makes a record that Xero did not have, so that doing it twice makes two."""
        return not self.about

    def build_path(self, wish: Wish) -> str:
        """Return the path for this wish."""
        values = {name: quote(str(getattr(wish, name)), safe="") for name in wish.of_address}
        return self.path.format(**values)

    def build_payload(self, wish: Wish, reference: str) -> str:
        """Return what is sent for the wish, with our reference where this kind carries one."""
        members = wish.list_members()
        if self.marker:
            members[self.marker] = self._mark(members.get(self.marker) or "", reference)
        return wishes.encode_exactly(members)

    def _mark(self, given: str, reference: str) -> str:
        if self.search is Search.BY_NAME or (self.marker == "ContactNumber" and given):
            return given  # its own name is unique in Xero
        if not given:
            return reference
        room = wishes.LONGEST_REFERENCE - len(reference) - 3
        return f"{given[:room]} ({reference})"

    def build_body(self, payloads: list[str]) -> bytes:
        """Return the body of one call for these payloads, in their order."""
        if not self.envelope:
            return payloads[0].encode() if self.method != "DELETE" else b""
        return f'{{"{self.envelope}":[{",".join(payloads)}]}}'.encode()


def _records(name: str, title: str, wish: type[Wish], method: str, path: str, **more: Any) -> Kind:
    """A write of whole records, several in one call, each with a fate of its own."""
    settings = {"envelope": path, "answer": path, "stream": path, "together": TOGETHER}
    return Kind(name, title, wish, method, path, **(settings | more))  # type: ignore[arg-type]  # spelled once for fifteen rows


KINDS: tuple[Kind, ...] = (
    _records("contact_new", "New contact", wishes.NewContact, "PUT", "Contacts", write=Write.CONTACTS,
             search=Search.BY_REFERENCE, marker="ContactNumber", params=_EACH_ALONE),
    _records("contact_edit", "Edit of a contact", wishes.EditContact, "POST", "Contacts",
             write=Write.CONTACTS, search=Search.BY_RECORD, about="contact_id", params=_EACH_ALONE),
    _records("contact_archive", "Contact archived", wishes.ArchiveContact, "POST", "Contacts",
             write=Write.CONTACTS, search=Search.BY_RECORD, about="contact_id", params=_EACH_ALONE),
    _records("tax_rate_new", "New tax rate", wishes.NewTaxRate, "PUT", "TaxRates", write=Write.TAX_RATES,
             search=Search.BY_NAME, marker="Name", together=1),
    _records("item_new", "New item", wishes.NewItem, "PUT", "Items", write=Write.INVOICES,
             search=Search.BY_NAME, marker="Code", params=_FINE_PRICES),
    _records("item_edit", "Edit of an item", wishes.EditItem, "POST", "Items", write=Write.INVOICES,
             search=Search.BY_RECORD, about="item_id", params=_FINE_PRICES),
    _records("invoice_new", "New invoice", wishes.NewInvoice, "PUT", "Invoices", write=Write.INVOICES,
             search=Search.BY_REFERENCE, marker="Reference", params=_FINE_PRICES),
    _records("invoice_edit", "Edit of an invoice", wishes.EditInvoice, "POST", "Invoices",
             write=Write.INVOICES, search=Search.BY_RECORD, about="invoice_id", params=_FINE_PRICES),
    _records("invoice_approve", "Invoice approved", wishes.ApproveInvoice, "POST", "Invoices",
             write=Write.INVOICES, search=Search.BY_RECORD, about="invoice_id", params=_FINE_PRICES),
    _records("invoice_void", "Invoice voided", wishes.VoidInvoice, "POST", "Invoices",
             write=Write.INVOICES, search=Search.BY_RECORD, about="invoice_id", params=_FINE_PRICES),
    _records("invoice_delete", "Draft invoice deleted", wishes.DeleteInvoice, "POST", "Invoices",
             write=Write.INVOICES, search=Search.BY_RECORD, about="invoice_id", params=_FINE_PRICES),
    _records("payment_new", "New payment", wishes.NewPayment, "PUT", "Payments", write=Write.PAYMENTS,
             search=Search.BY_REFERENCE, marker="Reference", params=_EACH_ALONE),
    _records("payment_delete", "Payment deleted", wishes.DeletePayment, "POST", "Payments/{payment_id}",
             write=Write.PAYMENTS, search=Search.BY_RECORD, about="payment_id", envelope="",
             answer="Payments", stream="Payments", together=1),
    _records("credit_note_new", "New credit note", wishes.NewCreditNote, "PUT", "CreditNotes",
             write=Write.INVOICES, search=Search.BY_REFERENCE, marker="Reference", params=_FINE_PRICES),
    _records("credit_note_void", "Credit note voided or deleted", wishes.VoidCreditNote, "POST",
             "CreditNotes", write=Write.INVOICES, search=Search.BY_RECORD, about="credit_note_id",
             params=_FINE_PRICES),
    Kind("allocation_new", "Credit set against an invoice", wishes.NewAllocation, "PUT",
         "CreditNotes/{credit_note_id}/Allocations", Write.INVOICES, Search.BY_ALLOCATION,
         envelope="Allocations", answer="Allocations", about="credit_note_id", params=_EACH_ALONE),
    Kind("allocation_delete", "Credit taken back from an invoice", wishes.DeleteAllocation, "DELETE",
         "CreditNotes/{credit_note_id}/Allocations/{allocation_id}", Write.INVOICES, Search.BY_ALLOCATION,
         about="credit_note_id"),
    Kind("file_new", "File attached", wishes.AttachFile, "PUT",
         "{endpoint}/{document_id}/Attachments/{file_name}", Write.ATTACHMENTS, Search.BY_FILE,
         answer="Attachments", about="document_id", goes_along=True),
    Kind("note_new", "Note in the history", wishes.AddNote, "PUT", "{endpoint}/{document_id}/History",
         Write.INVOICES, Search.BY_NOTE, envelope="HistoryRecords", answer="HistoryRecords",
         about="document_id"),
    _records("link_new", "Bought line to pass on", wishes.NewLink, "PUT", "LinkedTransactions",
             write=Write.INVOICES, search=Search.BY_SOURCE, envelope="", together=1, goes_along=True),
    _records("link_edit", "Bought line billed", wishes.EditLink, "POST", "LinkedTransactions/{link_id}",
             write=Write.INVOICES, search=Search.BY_RECORD, about="link_id",
             envelope="LinkedTransactions", answer="LinkedTransactions", stream="LinkedTransactions",
             together=1, goes_along=True),
    Kind("link_delete", "Bought line not to pass on", wishes.DeleteLink, "DELETE",
         "LinkedTransactions/{link_id}", Write.INVOICES, Search.BY_ABSENCE, stream="LinkedTransactions",
         about="link_id"),
)  # fmt: skip

GOES_ALONG = tuple(kind.name for kind in KINDS if kind.goes_along)
"""What is approved and held together with the document that it waits for."""

KIND_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
_KIND_BY_WISH: Mapping[type[Wish], Kind] = {kind.wish: kind for kind in KINDS}


def kind_of(wish: Wish) -> Kind:
    """Return the row for this wish."""
    return kind_of_wish(type(wish))


def kind_of_wish(wish: type[Wish]) -> Kind:
    """Return the row for wishes like this."""
    return _KIND_BY_WISH[wish]


def fill_in(wish: Wish, *, stream: str, xero_id: str) -> Wish:
    """Return the wish with the id of the record that it waited for; what names one already keeps it."""
    match wish:
        case wishes.NewInvoice() | wishes.NewCreditNote() if stream == "Contacts":
            return msgspec.structs.replace(wish, contact=wishes.ContactRef(contact_id=xero_id))
        case wishes.NewPayment() | wishes.NewAllocation() if stream == "Invoices":
            return msgspec.structs.replace(wish, invoice=wishes.InvoiceRef(invoice_id=xero_id))
        case wishes.NewAllocation() if stream == "CreditNotes":
            return msgspec.structs.replace(wish, credit_note_id=xero_id)
        case wishes.ApproveInvoice() | wishes.EditInvoice() if stream == "Invoices":
            return msgspec.structs.replace(wish, invoice_id=xero_id)
        case wishes.AttachFile() | wishes.AddNote() if stream == wish.endpoint:
            return msgspec.structs.replace(wish, document_id=xero_id)
        case wishes.NewLink() | wishes.EditLink() if stream == "Invoices":
            return msgspec.structs.replace(wish, target_id=xero_id)
        case _:
            return wish
