"""What an organisation's books say about documents to be sent there, read from the mirror at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import msgspec
from django.db.models import Q

from counterfoil.domain.terms import TermKind, Terms
from counterfoil.features.invoicing.documents import Document, list_organisations
from counterfoil.mirror.models import (
    Account,
    BrandingTheme,
    Contact,
    Currency,
    Invoice,
    Item,
    OrganisationProfile,
    TaxRate,
    TrackingCategory,
)

# Xero keeps the account of each of these for itself. Source: Xero developer documentation, "Accounts":
# lines cannot be coded to them; the account for rounding is the exception.
_OPEN_SYSTEM_ACCOUNTS = frozenset({"", "ROUNDING"})


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account, as far as a line can have to do with it."""

    xero_id: str
    code: str
    name: str
    account_class: str
    tax_type: str
    is_active: bool
    takes_lines: bool
    takes_payments: bool


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """A tax rate: what it charges, and on which classes of accounts it can be used."""

    tax_type: str
    name: str
    rate: Decimal
    is_active: bool
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item, and what Xero fills in when it is sold."""

    xero_id: str
    code: str
    name: str
    description: str
    price: Decimal | None
    account_code: str
    tax_type: str
    is_sold: bool


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """An option of a tracking category."""

    xero_id: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A tracking category with its options by id."""

    xero_id: str
    name: str
    is_active: bool
    options: Mapping[str, OptionFacts]

    def list_options(self) -> list[OptionFacts]:
        """Return the options that a line can carry."""
        return [option for option in self.options.values() if option.is_active]


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact, and what Xero keeps as its defaults for sales."""

    xero_id: str
    name: str
    status: str
    merged_to_id: str
    is_gone: bool
    currency: str
    account_code: str
    tax_type: str
    terms: Terms | None

    @property
    def is_active(self) -> bool:
        """Say whether documents can name it."""
        return self.status == "ACTIVE" and not self.is_gone


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice that is in Xero already: one that has a wanted number, or one that is edited."""

    xero_id: str
    number: str
    status: str
    is_settled: bool
    date: date | None
    updated_at: datetime | None
    raw: str


@dataclass(frozen=True, slots=True)
class Books:
    """One organisation's books; contacts and invoices are only those that were asked for."""

    organisation_id: int
    name: str = ""
    base_currency: str = ""
    timezone: str = "UTC"
    period_lock: date | None = None
    year_lock: date | None = None
    terms: Terms | None = None
    accounts: Mapping[str, AccountFacts] = field(default_factory=dict)
    taxes: Mapping[str, TaxFacts] = field(default_factory=dict)
    items: Mapping[str, ItemFacts] = field(default_factory=dict)
    categories: Mapping[str, CategoryFacts] = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()
    themes: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, ContactFacts] = field(default_factory=dict)
    invoices: Mapping[str, InvoiceFacts] = field(default_factory=dict)

    @property
    def rates(self) -> Mapping[str, Decimal]:
        """What each tax type charges, in percent."""
        return {tax.tax_type: tax.rate for tax in self.taxes.values()}

    def list_accounts(self) -> list[AccountFacts]:
        """Return the accounts that a line can be booked to."""
        return [one for one in self.accounts.values() if one.is_active and one.takes_lines]

    def list_sales_taxes(self) -> list[TaxFacts]:
        """Return the tax rates that a sale can carry."""
        return [tax for tax in self.taxes.values() if tax.is_active and "REVENUE" in tax.classes]

    def list_categories(self) -> list[CategoryFacts]:
        """Return the tracking categories in use."""
        return [category for category in self.categories.values() if category.is_active]

    def find_item(self, code: str) -> ItemFacts | None:
        """Return the item of a code; Xero takes codes in any case."""
        return self.items.get(code.lower())

    def find_numbered(self, number: str, *, except_id: str) -> InvoiceFacts | None:
        """Return another sales invoice that has this number and is not deleted."""
        for invoice in self.invoices.values():
            if invoice.number == number and invoice.xero_id != except_id and invoice.status != "DELETED":
                return invoice
        return None


def gather_books(documents: Sequence[Document]) -> dict[int, Books]:
    """Return the books of every organisation that documents go to; nine queries, however many there are."""
    return read_books(
        list_organisations(documents),
        contact_ids={document.contact_id for document in documents},
        invoice_ids={document.xero_id for document in documents} - {""},
        numbers={document.number for document in documents} - {""},
    )


def read_books(
    organisations: Sequence[int],
    *,
    contact_ids: Iterable[str] = (),
    invoice_ids: Iterable[str] = (),
    numbers: Iterable[str] = (),
) -> dict[int, Books]:
    """Return the books of organisations with the named contacts and invoices; nine queries."""
    found: dict[int, _Shelf] = {key: _Shelf(key) for key in organisations}
    mine = Q(organisation__in=organisations)
    here = mine & Q(gone_at=None)
    for profile in OrganisationProfile.objects.filter(mine).defer("digest"):
        found[profile.organisation_id].profile = profile
    for account in Account.objects.filter(here).exclude(code="").defer("raw", "digest").order_by("code"):
        found[account.organisation_id].accounts[account.code] = _read_account(account)
    for tax in TaxRate.objects.filter(here).defer("digest").order_by("name"):
        found[tax.organisation_id].taxes[tax.xero_id] = _read_tax(tax)
    for item in Item.objects.filter(here).defer("digest").order_by("code"):
        found[item.organisation_id].items[item.code.lower()] = _read_item(item)
    for category in TrackingCategory.objects.filter(here).defer("digest").order_by("name"):
        found[category.organisation_id].categories[category.xero_id] = _read_category(category)
    for organisation_id, code in Currency.objects.filter(here).values_list("organisation", "xero_id"):
        found[organisation_id].currencies.add(code)
    themes = BrandingTheme.objects.filter(here).order_by("sort_order", "name")
    for organisation_id, key, name in themes.values_list("organisation", "xero_id", "name"):
        found[organisation_id].themes[key] = name
    for contact in Contact.objects.filter(mine, xero_id__in=list(contact_ids)).defer("digest"):
        found[contact.organisation_id].contacts[contact.xero_id] = _read_contact(contact)
    named = Q(xero_id__in=list(invoice_ids)) | Q(kind="ACCREC", number__in=list(numbers))
    for invoice in Invoice.objects.filter(here, named).defer("digest"):
        found[invoice.organisation_id].invoices[invoice.xero_id] = _read_invoice(invoice)
    return {key: shelf.close() for key, shelf in found.items()}


@dataclass
class _Shelf:
    """Books while they are being read."""

    organisation_id: int
    profile: OrganisationProfile | None = None
    accounts: dict[str, AccountFacts] = field(default_factory=dict)
    taxes: dict[str, TaxFacts] = field(default_factory=dict)
    items: dict[str, ItemFacts] = field(default_factory=dict)
    categories: dict[str, CategoryFacts] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)
    themes: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, ContactFacts] = field(default_factory=dict)
    invoices: dict[str, InvoiceFacts] = field(default_factory=dict)

    def close(self) -> Books:
        profile = self.profile
        return Books(
            organisation_id=self.organisation_id,
            name=profile.name if profile else "",
            base_currency=profile.base_currency if profile else "",
            timezone=profile.timezone if profile else "UTC",
            period_lock=profile.period_lock_date if profile else None,
            year_lock=profile.end_of_year_lock_date if profile else None,
            terms=_read_terms(msgspec.json.decode(profile.raw, type=_ProfileRaw).terms) if profile else None,
            accounts=self.accounts,
            taxes=self.taxes,
            items=self.items,
            categories=self.categories,
            currencies=frozenset(self.currencies | ({profile.base_currency} if profile else set())),
            themes=self.themes,
            contacts=self.contacts,
            invoices=self.invoices,
        )


def _read_account(account: Account) -> AccountFacts:
    return AccountFacts(
        xero_id=account.xero_id,
        code=account.code,
        name=account.name,
        account_class=account.account_class,
        tax_type=account.tax_type,
        is_active=account.status == "ACTIVE",
        takes_lines=account.kind != "BANK" and account.system_account in _OPEN_SYSTEM_ACCOUNTS,
        takes_payments=account.kind == "BANK" or account.enable_payments,
    )


class _TaxRaw(msgspec.Struct, frozen=True):
    assets: bool = msgspec.field(name="CanApplyToAssets", default=True)
    equity: bool = msgspec.field(name="CanApplyToEquity", default=True)
    expenses: bool = msgspec.field(name="CanApplyToExpenses", default=True)
    liabilities: bool = msgspec.field(name="CanApplyToLiabilities", default=True)
    revenue: bool = msgspec.field(name="CanApplyToRevenue", default=True)


def _read_tax(tax: TaxRate) -> TaxFacts:
    raw = msgspec.json.decode(tax.raw, type=_TaxRaw)
    flags = {
        "ASSET": raw.assets,
        "EQUITY": raw.equity,
        "EXPENSE": raw.expenses,
        "LIABILITY": raw.liabilities,
        "REVENUE": raw.revenue,
    }
    return TaxFacts(
        tax_type=tax.xero_id,
        name=tax.name,
        rate=tax.effective_rate if tax.effective_rate is not None else Decimal(0),
        is_active=tax.status == "ACTIVE",
        classes=frozenset(name for name, can in flags.items() if can),
    )


class _SalesDetails(msgspec.Struct, frozen=True):
    account_code: str = msgspec.field(name="AccountCode", default="")
    tax_type: str = msgspec.field(name="TaxType", default="")


class _ItemRaw(msgspec.Struct, frozen=True):
    sales: _SalesDetails = msgspec.field(name="SalesDetails", default_factory=_SalesDetails)


def _read_item(item: Item) -> ItemFacts:
    sales = msgspec.json.decode(item.raw, type=_ItemRaw).sales
    return ItemFacts(
        xero_id=item.xero_id,
        code=item.code,
        name=item.name,
        description=item.description,
        price=item.sales_price,
        account_code=sales.account_code,
        tax_type=sales.tax_type,
        is_sold=item.is_sold,
    )


class _OptionRaw(msgspec.Struct, frozen=True):
    xero_id: str = msgspec.field(name="TrackingOptionID")
    name: str = msgspec.field(name="Name", default="")
    status: str = msgspec.field(name="Status", default="ACTIVE")


class _CategoryRaw(msgspec.Struct, frozen=True):
    options: list[_OptionRaw] = msgspec.field(name="Options", default_factory=list)


def _read_category(category: TrackingCategory) -> CategoryFacts:
    raw = msgspec.json.decode(category.raw, type=_CategoryRaw)
    return CategoryFacts(
        xero_id=category.xero_id,
        name=category.name,
        is_active=category.status == "ACTIVE",
        options={
            option.xero_id: OptionFacts(option.xero_id, option.name, is_active=option.status == "ACTIVE")
            for option in raw.options
        },
    )


class _Term(msgspec.Struct, frozen=True):
    day: int | None = msgspec.field(name="Day", default=None)
    kind: str = msgspec.field(name="Type", default="")


class _Terms(msgspec.Struct, frozen=True):
    sales: _Term = msgspec.field(name="Sales", default_factory=_Term)


class _ProfileRaw(msgspec.Struct, frozen=True):
    terms: _Terms = msgspec.field(name="PaymentTerms", default_factory=_Terms)


def _read_terms(terms: _Terms) -> Terms | None:
    kind, day = terms.sales.kind, terms.sales.day
    return Terms(TermKind(kind), day) if day is not None and kind in set(TermKind) else None


class _ContactRaw(msgspec.Struct, frozen=True):
    account_code: str = msgspec.field(name="SalesDefaultAccountCode", default="")
    tax_type: str = msgspec.field(name="AccountsReceivableTaxType", default="")
    terms: _Terms = msgspec.field(name="PaymentTerms", default_factory=_Terms)


def _read_contact(contact: Contact) -> ContactFacts:
    raw = msgspec.json.decode(contact.raw, type=_ContactRaw)
    return ContactFacts(
        xero_id=contact.xero_id,
        name=contact.name,
        status=contact.status,
        merged_to_id=contact.merged_to_id,
        is_gone=contact.gone_at is not None,
        currency=contact.default_currency,
        account_code=raw.account_code,
        tax_type=raw.tax_type,
        terms=_read_terms(raw.terms),
    )


def _read_invoice(invoice: Invoice) -> InvoiceFacts:
    return InvoiceFacts(
        xero_id=invoice.xero_id,
        number=invoice.number,
        status=invoice.status,
        is_settled=bool(invoice.amount_paid or invoice.amount_credited),
        date=invoice.date,
        updated_at=invoice.updated_at,
        raw=invoice.raw,
    )
