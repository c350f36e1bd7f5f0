"""
What can be asked of Xero to write: one struct for each kind of wish.

A field's Python name is ours, its `name=` is Xero's member. What is left out stays as it is in Xero;
an empty text empties. Amounts are exact Decimals, days are plain dates, which Xero takes without
moving them into a time zone. Fields named in `of_address` stand in the address, or stay here, and not in
the body.
Source: Xero's OpenAPI file and developer guide, the pages of the endpoints.
"""

from datetime import date as Day  # noqa: N812 - fields are called date
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import field

Amounts = Literal["Exclusive", "Inclusive", "NoTax"]
SalesStatus = Literal["DRAFT", "SUBMITTED", "AUTHORISED"]

LONGEST_REFERENCE = 255
LONGEST_NOTE = 2500
LARGEST_FILE = 10 * 1024 * 1024

_exact = msgspec.json.Encoder(decimal_format="number")


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A piece of a wish."""


class Wish(Part, frozen=True, kw_only=True):
    """Something that is to be so in Xero."""

    of_address: ClassVar[tuple[str, ...]] = ()

    def list_members(self) -> dict[str, Any]:
        """Return what goes into the body, by Xero's members; amounts stay Decimals."""
        names = {
            item.encode_name for item in msgspec.structs.fields(type(self)) if item.name in self.of_address
        }
        members: dict[str, Any] = msgspec.to_builtins(self, builtin_types=(Decimal,))
        return {name: value for name, value in members.items() if name not in names}


class Address(Part, frozen=True, kw_only=True):
    """An address of a contact; Xero has one of each kind."""

    kind: Literal["POBOX", "STREET"] = field(name="AddressType")
    line_1: str | None = field(name="AddressLine1", default=None)
    line_2: str | None = field(name="AddressLine2", default=None)
    line_3: str | None = field(name="AddressLine3", default=None)
    line_4: str | None = field(name="AddressLine4", default=None)
    city: str | None = field(name="City", default=None)
    region: str | None = field(name="Region", default=None)
    postal_code: str | None = field(name="PostalCode", default=None)
    country: str | None = field(name="Country", default=None)
    attention_to: str | None = field(name="AttentionTo", default=None)


class Phone(Part, frozen=True, kw_only=True):
    """A phone number of a contact; Xero has one of each kind."""

    kind: Literal["DEFAULT", "DDI", "MOBILE", "FAX"] = field(name="PhoneType")
    number: str | None = field(name="PhoneNumber", default=None)
    area_code: str | None = field(name="PhoneAreaCode", default=None)
    country_code: str | None = field(name="PhoneCountryCode", default=None)


class NewContact(Wish, frozen=True, kw_only=True):
    """A contact that Xero does not have. Its number is our reference, unless one is given."""

    name: str = field(name="Name")
    contact_number: str | None = field(name="ContactNumber", default=None)
    account_number: str | None = field(name="AccountNumber", default=None)
    first_name: str | None = field(name="FirstName", default=None)
    last_name: str | None = field(name="LastName", default=None)
    email: str | None = field(name="EmailAddress", default=None)
    phones: list[Phone] | None = field(name="Phones", default=None)
    addresses: list[Address] | None = field(name="Addresses", default=None)


class EditContact(Wish, frozen=True, kw_only=True):
    """
    Changes to a contact; phones and addresses are changed by their kind.

    `was` is what Xero had there, by its members: where it has something else by then, nothing is sent,
    since Xero would take the later for the better.
    """

    of_address = ("was",)

    contact_id: str = field(name="ContactID")
    name: str | None = field(name="Name", default=None)
    account_number: str | None = field(name="AccountNumber", default=None)
    first_name: str | None = field(name="FirstName", default=None)
    last_name: str | None = field(name="LastName", default=None)
    email: str | None = field(name="EmailAddress", default=None)
    phones: list[Phone] | None = field(name="Phones", default=None)
    addresses: list[Address] | None = field(name="Addresses", default=None)
    was: dict[str, Any] | None = field(name="Was", default=None)


class ArchiveContact(Wish, frozen=True, kw_only=True):
    """A contact put away, or with ACTIVE taken out again."""

    contact_id: str = field(name="ContactID")
    status: Literal["ARCHIVED", "ACTIVE"] = field(name="ContactStatus")


class TaxComponent(Part, frozen=True, kw_only=True):
    """One part of a tax rate, in percent."""

    name: str = field(name="Name")
    rate: Decimal = field(name="Rate")
    is_compound: bool = field(name="IsCompound", default=False)


class NewTaxRate(Wish, frozen=True, kw_only=True):
    """A tax rate; in Australia, New Zealand and the United Kingdom one without a report type is refused."""

    name: str = field(name="Name")
    components: list[TaxComponent] = field(name="TaxComponents")
    report_tax_type: str | None = field(name="ReportTaxType", default=None)


class Price(Part, frozen=True, kw_only=True):
    """For how much an item is bought or sold, and where it is booked."""

    unit_price: Decimal | None = field(name="UnitPrice", default=None)
    account_code: str | None = field(name="AccountCode", default=None)
    tax_type: str | None = field(name="TaxType", default=None)


class NewItem(Wish, frozen=True, kw_only=True):
    """Something that is sold or bought under a code, which no other item has."""

    code: str = field(name="Code")
    name: str | None = field(name="Name", default=None)
    description: str | None = field(name="Description", default=None)
    sales: Price | None = field(name="SalesDetails", default=None)
    purchases: Price | None = field(name="PurchaseDetails", default=None)


class EditItem(Wish, frozen=True, kw_only=True):
    """Changes to an item."""

    item_id: str = field(name="ItemID")
    code: str = field(name="Code")
    name: str | None = field(name="Name", default=None)
    description: str | None = field(name="Description", default=None)
    sales: Price | None = field(name="SalesDetails", default=None)
    purchases: Price | None = field(name="PurchaseDetails", default=None)


class ContactRef(Part, frozen=True, kw_only=True):
    """The contact of a document: its id and nothing else, since all else would change the contact."""

    contact_id: str = field(name="ContactID")


class Tracking(Part, frozen=True, kw_only=True):
    """An option of a tracking category, by ids, and by names for those parts of Xero that read the names."""

    category_id: str = field(name="TrackingCategoryID")
    option_id: str = field(name="TrackingOptionID")
    name: str | None = field(name="Name", default=None)
    option: str | None = field(name="Option", default=None)


class Line(Part, frozen=True, kw_only=True):
    """A line of a document; with only a description it is words."""

    line_item_id: str | None = field(name="LineItemID", default=None)
    description: str | None = field(name="Description", default=None)
    quantity: Decimal | None = field(name="Quantity", default=None)
    unit_amount: Decimal | None = field(name="UnitAmount", default=None)
    item_code: str | None = field(name="ItemCode", default=None)
    account_code: str | None = field(name="AccountCode", default=None)
    tax_type: str | None = field(name="TaxType", default=None)
    tax_amount: Decimal | None = field(name="TaxAmount", default=None)
    discount_rate: Decimal | None = field(name="DiscountRate", default=None)
    discount_amount: Decimal | None = field(name="DiscountAmount", default=None)
    tracking: list[Tracking] | None = field(name="Tracking", default=None)


class NewInvoice(Wish, frozen=True, kw_only=True):
    """A sales invoice; without a number Xero gives it the next one."""

    contact: ContactRef = field(name="Contact")
    date: Day = field(name="Date")
    due_date: Day | None = field(name="DueDate", default=None)
    amounts_are: Amounts = field(name="LineAmountTypes")
    lines: list[Line] = field(name="LineItems")
    number: str | None = field(name="InvoiceNumber", default=None)
    reference: str | None = field(name="Reference", default=None)
    currency: str = field(name="CurrencyCode")
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    branding_theme_id: str | None = field(name="BrandingThemeID", default=None)
    status: SalesStatus = field(name="Status")

    def list_members(self) -> dict[str, Any]:
        """Return the members; that it is a sales invoice is one of them."""
        return {"Type": "ACCREC"} | super().list_members()


class EditInvoice(Wish, frozen=True, kw_only=True):
    """
    Changes to a sales invoice.

    Where there are lines, they are all its lines: one with its id is changed, one without is new, and one
    that is left out goes.
    """

    invoice_id: str = field(name="InvoiceID")
    contact: ContactRef | None = field(name="Contact", default=None)
    date: Day | None = field(name="Date", default=None)
    due_date: Day | None = field(name="DueDate", default=None)
    amounts_are: Amounts | None = field(name="LineAmountTypes", default=None)
    lines: list[Line] | None = field(name="LineItems", default=None)
    number: str | None = field(name="InvoiceNumber", default=None)
    reference: str | None = field(name="Reference", default=None)
    branding_theme_id: str | None = field(name="BrandingThemeID", default=None)
    expected_payment_date: Day | None = field(name="ExpectedPaymentDate", default=None)
    status: SalesStatus | None = field(name="Status", default=None)


class ApproveInvoice(Wish, frozen=True, kw_only=True):
    """A draft that becomes an approved invoice."""

    invoice_id: str = field(name="InvoiceID")
    due_date: Day | None = field(name="DueDate", default=None)
    status: Literal["AUTHORISED"] = field(name="Status")


class VoidInvoice(Wish, frozen=True, kw_only=True):
    """An approved invoice that is to count for nothing; it keeps its number."""

    invoice_id: str = field(name="InvoiceID")
    status: Literal["VOIDED"] = field(name="Status")


class DeleteInvoice(Wish, frozen=True, kw_only=True):
    """A draft that is to go."""

    invoice_id: str = field(name="InvoiceID")
    status: Literal["DELETED"] = field(name="Status")


class NewCreditNote(Wish, frozen=True, kw_only=True):
    """A credit given to a customer; only an approved one can be set against invoices."""

    contact: ContactRef = field(name="Contact")
    date: Day = field(name="Date")
    amounts_are: Amounts = field(name="LineAmountTypes")
    lines: list[Line] = field(name="LineItems")
    number: str | None = field(name="CreditNoteNumber", default=None)
    reference: str | None = field(name="Reference", default=None)
    currency: str = field(name="CurrencyCode")
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    branding_theme_id: str | None = field(name="BrandingThemeID", default=None)
    status: SalesStatus = field(name="Status")

    def list_members(self) -> dict[str, Any]:
        """Return the members; that it is given to a customer is one of them."""
        return {"Type": "ACCRECCREDIT"} | super().list_members()


class VoidCreditNote(Wish, frozen=True, kw_only=True):
    """An approved credit note that is to count for nothing, or with DELETED a draft that is to go."""

    credit_note_id: str = field(name="CreditNoteID")
    status: Literal["VOIDED", "DELETED"] = field(name="Status")


class InvoiceRef(Part, frozen=True, kw_only=True):
    """An invoice by its id; empty until the invoice that this waits for is in Xero."""

    invoice_id: str = field(name="InvoiceID")


class AccountRef(Part, frozen=True, kw_only=True):
    """An account by its id."""

    account_id: str = field(name="AccountID")


class NewPayment(Wish, frozen=True, kw_only=True):
    """Money that came in for an approved invoice."""

    invoice: InvoiceRef = field(name="Invoice")
    account: AccountRef = field(name="Account")
    date: Day = field(name="Date")
    amount: Decimal = field(name="Amount")
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    reference: str | None = field(name="Reference", default=None)


class DeletePayment(Wish, frozen=True, kw_only=True):
    """A payment that did not happen; its invoice is open again."""

    of_address = ("payment_id",)

    payment_id: str = field(name="PaymentID")
    status: Literal["DELETED"] = field(name="Status")


class NewAllocation(Wish, frozen=True, kw_only=True):
    """A part of a credit note set against an invoice."""

    of_address = ("credit_note_id",)

    credit_note_id: str = field(name="CreditNoteID")
    invoice: InvoiceRef = field(name="Invoice")
    amount: Decimal = field(name="Amount")
    date: Day = field(name="Date")


class DeleteAllocation(Wish, frozen=True, kw_only=True):
    """An allocation taken back; both documents are open again."""

    of_address = ("credit_note_id", "allocation_id")

    credit_note_id: str = field(name="CreditNoteID")
    allocation_id: str = field(name="AllocationID")


class FileSource(Part, frozen=True, kw_only=True):
    """A file that a document in Xero has already."""

    endpoint: Literal["Invoices", "BankTransactions", "CreditNotes"] = field(name="Endpoint")
    document_id: str = field(name="DocumentID")
    file_id: str = field(name="AttachmentID")


class AttachFile(Wish, frozen=True, kw_only=True):
    """
    A file on a document; one of the same name is replaced.

    Its bytes lie beside the wish, or with `source` are fetched from Xero just before they are sent.
    """

    of_address = ("endpoint", "document_id", "file_name", "mime_type", "include_online", "source")

    endpoint: Literal["Invoices", "CreditNotes", "Contacts"] = field(name="Endpoint")
    document_id: str = field(name="DocumentID")
    file_name: str = field(name="FileName")
    mime_type: str = field(name="MimeType")
    include_online: bool = field(name="IncludeOnline", default=False)
    source: FileSource | None = field(name="Source", default=None)


class LineSought(Part, frozen=True, kw_only=True):
    """A line of an invoice that Xero gives its id only when the invoice is there: its place and its words."""

    place: int = field(name="Place")
    words: str = field(name="Words")


class NewLink(Wish, frozen=True, kw_only=True):
    """
    A bought line marked as billable to a customer, and the line of the invoice that bills it.

    `sought` is that line while its invoice is on its way to Xero.
    """

    of_address = ("sought",)

    source_id: str = field(name="SourceTransactionID")
    source_line_id: str = field(name="SourceLineItemID")
    contact_id: str | None = field(name="ContactID", default=None)
    target_id: str | None = field(name="TargetTransactionID", default=None)
    target_line_id: str | None = field(name="TargetLineItemID", default=None)
    sought: LineSought | None = field(name="Sought", default=None)


class EditLink(Wish, frozen=True, kw_only=True):
    """A billable line given to a customer, or to the line of an invoice that bills it."""

    of_address = ("link_id", "sought")

    link_id: str = field(name="LinkedTransactionID")
    contact_id: str | None = field(name="ContactID", default=None)
    target_id: str | None = field(name="TargetTransactionID", default=None)
    target_line_id: str | None = field(name="TargetLineItemID", default=None)
    sought: LineSought | None = field(name="Sought", default=None)


class DeleteLink(Wish, frozen=True, kw_only=True):
    """A bought line that is billable no more; neither document changes."""

    of_address = ("link_id",)

    link_id: str = field(name="LinkedTransactionID")


class AddNote(Wish, frozen=True, kw_only=True):
    """A note in the history of a document; it cannot be changed afterwards."""

    of_address = ("endpoint", "document_id")

    endpoint: Literal["Invoices", "CreditNotes"] = field(name="Endpoint")
    document_id: str = field(name="DocumentID")
    details: str = field(name="Details")


W = TypeVar("W", bound=Wish)


def encode_exactly(value: object) -> str:
    """Return the JSON that Xero reads: amounts as numbers, with every digit that they have."""
    return _exact.encode(value).decode()


def keep_wish(wish: Wish) -> str:
    """Return the wish as it is stored: JSON with amounts as text."""
    return msgspec.json.encode(wish).decode()


def read_wish(kind: type[W], kept: str) -> W:
    """Return the stored wish. Raises msgspec's ValidationError for anything else."""
    return msgspec.json.decode(kept, type=kind)


def clean_file_name(name: str) -> str:
    """Return the name without what Xero refuses in one; `Invoice: 1/2.pdf` becomes `Invoice- 1-2.pdf`."""
    kept = "".join("-" if char in '<>:"/\\|?*+\0' or ord(char) < 32 else char for char in name)
    return kept.strip() or "file"
