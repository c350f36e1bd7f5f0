"""Every endpoint of the Accounting API that is served: its names, scopes and list abilities."""

from dataclasses import dataclass

INVOICES = ("accounting.invoices",)
PAYMENTS = ("accounting.payments",)
BANK = ("accounting.banktransactions",)
JOURNALS = ("accounting.manualjournals",)
SETTINGS = ("accounting.settings",)
CONTACTS = ("accounting.contacts",)
ATTACHMENTS = ("accounting.attachments",)

_THIN_DOCUMENT = frozenset({"LineItems"})
_CONTACT_DETAIL = frozenset(
    {
        "ContactPersons", "MergedToContactID", "PaymentTerms", "ContactGroups", "Website", "BrandingTheme",
        "BatchPayments", "Discount", "Balances", "HasAttachments", "SalesDefaultAccountCode",
        "PurchasesDefaultAccountCode", "SalesTrackingCategories", "PurchasesTrackingCategories",
    }
)  # fmt: skip

_DOCUMENT_FIELDS = (
    "Type Contact Date DueDate Status LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC "
    "CurrencyCode CurrencyRate FullyPaidOnDate Reference BrandingThemeID HasAttachments SentToContact "
)


@dataclass(frozen=True)
class Resource:
    """
    One endpoint: what it is called and which list parameters it honours (FACTS 6.1).

    `fields` are the members a `where` or `order` may name; an empty tuple accepts any.
    """

    name: str
    id_field: str
    type_name: str
    scopes: tuple[str, ...]
    paged: bool = False
    modified_since: bool = False
    where: bool = False
    order: bool = True
    status_field: str = "Status"
    number_field: str | None = None
    hidden_status: str | None = None
    unpaged_drops: frozenset[str] = frozenset()
    summary_drops: frozenset[str] = frozenset()
    search_fields: tuple[str, ...] = ()
    attachments: bool = False
    iso_stamp: bool = False
    fields: tuple[str, ...] = ()
    fixed_page_size: int | None = None


def _fields(text: str, *, id_field: str) -> tuple[str, ...]:
    return (id_field, *text.split())


_ALL = (
    Resource("Organisation", "OrganisationID", "Organisation", SETTINGS, order=False),
    Resource("Users", "UserID", "User", SETTINGS, modified_since=True, where=True),
    Resource("Currencies", "Code", "Currency", SETTINGS, where=True),
    Resource("Accounts", "AccountID", "Account", SETTINGS, modified_since=True, where=True, attachments=True),
    Resource("TaxRates", "TaxType", "TaxRate", SETTINGS, where=True),
    Resource(
        "TrackingCategories",
        "TrackingCategoryID",
        "TrackingCategory",
        SETTINGS,
        where=True,
        hidden_status="ARCHIVED",
    ),
    Resource("BrandingThemes", "BrandingThemeID", "BrandingTheme", SETTINGS, order=False),
    Resource("ContactGroups", "ContactGroupID", "ContactGroup", CONTACTS, where=True),
    Resource(
        "Items",
        "ItemID",
        "Item",
        (*SETTINGS, *INVOICES),
        modified_since=True,
        where=True,
        number_field="Code",
    ),
    Resource(
        "Contacts",
        "ContactID",
        "Contact",
        CONTACTS,
        paged=True,
        modified_since=True,
        where=True,
        status_field="ContactStatus",
        number_field="ContactNumber",
        hidden_status="ARCHIVED",
        unpaged_drops=_CONTACT_DETAIL,
        summary_drops=_CONTACT_DETAIL | {"Addresses", "IsCustomer", "IsSupplier"},
        search_fields=(
            "Name",
            "FirstName",
            "LastName",
            "ContactNumber",
            "CompanyNumber",
            "EmailAddress",
        ),
        attachments=True,
        fields=_fields(
            "ContactNumber AccountNumber ContactStatus Name FirstName LastName CompanyNumber EmailAddress "
            "BankAccountDetails TaxNumber IsSupplier IsCustomer DefaultCurrency UpdatedDateUTC Addresses "
            "Phones ContactGroups ContactPersons Website HasAttachments Balances MergedToContactID",
            id_field="ContactID",
        ),
    ),
    Resource(
        "Invoices",
        "InvoiceID",
        "Invoice",
        INVOICES,
        paged=True,
        modified_since=True,
        where=True,
        number_field="InvoiceNumber",
        unpaged_drops=_THIN_DOCUMENT,
        summary_drops=frozenset({"Payments", "LineItems", "HasAttachments", "CISDeduction"}),
        search_fields=("InvoiceNumber", "Reference"),
        attachments=True,
        iso_stamp=True,
        fields=_fields(
            _DOCUMENT_FIELDS + "InvoiceNumber Url AmountDue AmountPaid AmountCredited ExpectedPaymentDate "
            "PlannedPaymentDate TotalDiscount IsDiscounted RepeatingInvoiceID Payments CreditNotes "
            "Prepayments Overpayments UpdatedDateUTCString",
            id_field="InvoiceID",
        ),
    ),
    Resource(
        "CreditNotes",
        "CreditNoteID",
        "CreditNote",
        INVOICES,
        paged=True,
        modified_since=True,
        where=True,
        number_field="CreditNoteNumber",
        unpaged_drops=_THIN_DOCUMENT,
        attachments=True,
        iso_stamp=True,
        fields=_fields(
            _DOCUMENT_FIELDS + "CreditNoteNumber RemainingCredit AppliedAmount Allocations Payments",
            id_field="CreditNoteID",
        ),
    ),
    Resource(
        "Prepayments",
        "PrepaymentID",
        "Prepayment",
        PAYMENTS,
        paged=True,
        modified_since=True,
        where=True,
        unpaged_drops=_THIN_DOCUMENT,
        attachments=True,
        iso_stamp=True,
    ),
    Resource(
        "Overpayments",
        "OverpaymentID",
        "Overpayment",
        PAYMENTS,
        paged=True,
        modified_since=True,
        where=True,
        unpaged_drops=_THIN_DOCUMENT,
        attachments=True,
        iso_stamp=True,
    ),
    Resource(
        "Payments",
        "PaymentID",
        "Payment",
        PAYMENTS,
        paged=True,
        modified_since=True,
        where=True,
        iso_stamp=True,
        fields=_fields(
            "Date Amount BankAmount Reference CurrencyRate PaymentType Status UpdatedDateUTC HasAccount "
            "IsReconciled Account Invoice CreditNote Prepayment Overpayment BatchPayment BatchPaymentID",
            id_field="PaymentID",
        ),
    ),
    Resource(
        "BatchPayments",
        "BatchPaymentID",
        "BatchPayment",
        PAYMENTS,
        modified_since=True,
        where=True,
    ),
    Resource(
        "BankTransactions",
        "BankTransactionID",
        "BankTransaction",
        BANK,
        paged=True,
        modified_since=True,
        where=True,
        unpaged_drops=_THIN_DOCUMENT,
        attachments=True,
    ),
    Resource(
        "ManualJournals",
        "ManualJournalID",
        "ManualJournal",
        JOURNALS,
        paged=True,
        modified_since=True,
        where=True,
        unpaged_drops=frozenset({"JournalLines"}),
        attachments=True,
    ),
    Resource(
        "RepeatingInvoices",
        "RepeatingInvoiceID",
        "RepeatingInvoice",
        INVOICES,
        where=True,
        attachments=True,
    ),
    Resource(
        "LinkedTransactions",
        "LinkedTransactionID",
        "LinkedTransaction",
        INVOICES,
        paged=True,
        order=False,
        fixed_page_size=100,
    ),
    Resource(
        # The scope of the classic product's claims is not known; settings is where its users live.
        "ExpenseClaims",
        "ExpenseClaimID",
        "ExpenseClaim",
        (*SETTINGS, *INVOICES),
        modified_since=True,
        where=True,
    ),
)

RESOURCES: dict[str, Resource] = {resource.name: resource for resource in _ALL}
_BY_LOWER = {name.lower(): resource for name, resource in RESOURCES.items()}
_BY_LOWER["organisations"] = RESOURCES["Organisation"]


def get_resource(path_name: str) -> Resource | None:
    """Return the endpoint a path names, whatever its case (FACTS 5.1)."""
    return _BY_LOWER.get(path_name.lower())


def envelope_key(resource: Resource) -> str:
    """Return the member of the envelope that holds the records."""
    return "Organisations" if resource.name == "Organisation" else resource.name
