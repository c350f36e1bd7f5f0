"""The organisation itself and what it has set up: accounts, taxes, tracking, items, reports."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import field

from counterfoil.xero.records.base import CalendarDate, Instant, Record


class OrganisationProfile(Record, frozen=True, kw_only=True):
    """The organisation as Xero describes it."""

    xero_id: str = field(name="OrganisationID")
    name: str = field(name="Name")
    legal_name: str = field(name="LegalName", default="")
    short_code: str = field(name="ShortCode", default="")
    base_currency: str = field(name="BaseCurrency")
    country_code: str = field(name="CountryCode", default="")
    timezone: str = field(name="Timezone", default="UTC")
    version: str = field(name="Version", default="")
    plan: str = field(name="Class", default="")
    is_demo_company: bool = field(name="IsDemoCompany", default=False)
    period_lock_date: CalendarDate | None = field(name="PeriodLockDate", default=None)
    end_of_year_lock_date: CalendarDate | None = field(name="EndOfYearLockDate", default=None)
    financial_year_end_day: int | None = field(name="FinancialYearEndDay", default=None)
    financial_year_end_month: int | None = field(name="FinancialYearEndMonth", default=None)
    updated_at: Instant | None = None


class Account(Record, frozen=True, kw_only=True):
    """A line of the chart of accounts."""

    xero_id: str = field(name="AccountID")
    code: str = field(name="Code", default="")
    name: str = field(name="Name")
    kind: str = field(name="Type")
    account_class: str = field(name="Class", default="")
    status: Literal["ACTIVE", "ARCHIVED", "DELETED"] = field(name="Status", default="ACTIVE")
    tax_type: str = field(name="TaxType", default="")
    currency: str = field(name="CurrencyCode", default="")
    system_account: str = field(name="SystemAccount", default="")
    enable_payments: bool = field(name="EnablePaymentsToAccount", default=False)
    updated_at: Instant | None = field(name="UpdatedDateUTC", default=None)


class TaxRate(Record, frozen=True, kw_only=True):
    """A tax rate, known by its type: Xero gives it no id."""

    xero_id: str = field(name="TaxType")
    name: str = field(name="Name")
    status: Literal["ACTIVE", "DELETED", "ARCHIVED", "PENDING"] = field(name="Status", default="ACTIVE")
    effective_rate: Decimal | None = field(name="EffectiveRate", default=None)
    display_rate: Decimal | None = field(name="DisplayTaxRate", default=None)
    updated_at: Instant | None = None


class TrackingCategory(Record, frozen=True, kw_only=True):
    """A dimension by which lines can be told apart; its options are in the raw record."""

    xero_id: str = field(name="TrackingCategoryID")
    name: str = field(name="Name")
    status: Literal["ACTIVE", "ARCHIVED", "DELETED"] = field(name="Status", default="ACTIVE")
    updated_at: Instant | None = None


class BrandingTheme(Record, frozen=True, kw_only=True):
    """How a document looks when it is sent."""

    xero_id: str = field(name="BrandingThemeID")
    name: str = field(name="Name")
    sort_order: int = field(name="SortOrder", default=0)
    updated_at: Instant | None = None


class Currency(Record, frozen=True, kw_only=True):
    """A currency that the organisation uses, known by its ISO code."""

    xero_id: str = field(name="Code")
    description: str = field(name="Description", default="")
    updated_at: Instant | None = None


class _ItemPrice(msgspec.Struct, frozen=True):
    unit_price: Decimal | None = field(name="UnitPrice", default=None)


class Item(Record, frozen=True, kw_only=True):
    """Something bought or sold under a code."""

    derived = ("sales_price", "purchase_price")

    xero_id: str = field(name="ItemID")
    code: str = field(name="Code")
    name: str = field(name="Name", default="")
    description: str = field(name="Description", default="")
    is_sold: bool = field(name="IsSold", default=False)
    is_purchased: bool = field(name="IsPurchased", default=False)
    is_tracked: bool = field(name="IsTrackedAsInventory", default=False)
    sales_stub: _ItemPrice = field(name="SalesDetails", default_factory=_ItemPrice)
    purchase_stub: _ItemPrice = field(name="PurchaseDetails", default_factory=_ItemPrice)
    updated_at: Instant | None = field(name="UpdatedDateUTC", default=None)

    @property
    def sales_price(self) -> Decimal | None:
        """The price it is sold at, in the base currency."""
        return self.sales_stub.unit_price

    @property
    def purchase_price(self) -> Decimal | None:
        """The price it is bought at, in the base currency."""
        return self.purchase_stub.unit_price


class Attachment(Record, frozen=True, kw_only=True):
    """A file on a document; which document is told by where it was asked for, not by the record."""

    xero_id: str = field(name="AttachmentID")
    file_name: str = field(name="FileName")
    mime_type: str = field(name="MimeType", default="")
    content_length: int = field(name="ContentLength", default=0)
    url: str = field(name="Url", default="")
    include_online: bool = field(name="IncludeOnline", default=False)
    updated_at: Instant | None = None


class Report(Record, frozen=True, kw_only=True):
    """A report as Xero computed it when we asked; the latest of each name is kept."""

    xero_id: str = field(name="ReportID")
    name: str = field(name="ReportName")
    report_date: str = field(name="ReportDate", default="")
    updated_at: Instant | None = field(name="UpdatedDateUTC", default=None)
