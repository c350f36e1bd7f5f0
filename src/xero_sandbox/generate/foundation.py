"""What every organisation has before its first sale: profile, accounts, taxes, users, themes."""

from dataclasses import dataclass
from datetime import date
from random import Random

from xero_sandbox.books.organisation import Organisation, make_guid
from xero_sandbox.books.rows import Record
from xero_sandbox.clock import Clock
from xero_sandbox.generate.regions import CHART, CLASS_BY_TYPE, REGIONS, Region, TaxRate
from xero_sandbox.wire.datekit import render_ms, to_ms

_SHORT_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class OrganisationPlan:
    """What to generate."""

    name: str
    country: str
    seed: int
    invoices: int
    contacts: int
    payments: int
    trade: str = "studio"
    demo: bool = False


def build_foundation(plan: OrganisationPlan, *, clock: Clock, started: date) -> Organisation:
    """Return an organisation that holds its profile, chart of accounts, taxes, users and themes."""
    region = REGIONS[plan.country]
    rng = Random(f"{plan.seed}:{plan.name}")  # noqa: S311 -- plausible data, not secrets
    profile = _build_profile(plan, region, rng, started)
    organisation = Organisation(profile=profile, clock=clock, seed=plan.seed)
    stamp = to_ms(started) + 32_400_000
    organisation.load("Accounts", _build_accounts(region, organisation, stamp))
    organisation.load("TaxRates", [_build_tax_rate(rate, region) for rate in region.tax_rates])
    organisation.load("Users", _build_users(organisation, stamp))
    organisation.load("Currencies", [_build_currency(region.currency)])
    organisation.load("BrandingThemes", [_build_theme(organisation, "Standard", 0, stamp)])
    return organisation


def add_trading_settings(organisation: Organisation, region: Region, *, started: date) -> None:
    """Add what a trading organisation uses: foreign currencies, tracking, a second theme."""
    stamp = to_ms(started) + 36_000_000
    organisation.load("Currencies", [_build_currency(code) for code in region.foreign])
    organisation.load("BrandingThemes", [_build_theme(organisation, "Very orange", 1, stamp)])
    organisation.load(
        "TrackingCategories",
        [
            _build_tracking(organisation, "Region", ("North", "South", "East", "West")),
            _build_tracking(organisation, "Team", ("Design", "Build", "Support")),
        ],
    )


_CURRENCY_NAMES = {
    "GBP": "British Pound",
    "EUR": "Euro",
    "USD": "United States Dollar",
    "AUD": "Australian Dollar",
    "NZD": "New Zealand Dollar",
    "CAD": "Canadian Dollar",
}


def _build_profile(plan: OrganisationPlan, region: Region, rng: Random, started: date) -> Record:
    city, area, postcode = region.cities[0]
    day, month = region.year_end
    return {
        "APIKey": "",
        "Name": plan.name,
        "LegalName": plan.name,
        "PaysTax": True,
        "Version": {"GB": "UK", "AU": "AU", "NZ": "NZ", "US": "US"}[region.country],
        "OrganisationType": "COMPANY",
        "BaseCurrency": region.currency,
        "CountryCode": region.country,
        "IsDemoCompany": plan.demo,
        "OrganisationStatus": "ACTIVE",
        "RegistrationNumber": str(rng.randrange(10**7, 10**8)),
        "TaxNumber": str(rng.randrange(10**8, 10**9)),
        "FinancialYearEndDay": day,
        "FinancialYearEndMonth": month,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": render_ms(to_ms(started)),
        "OrganisationEntityType": "COMPANY",
        "Timezone": region.timezone,
        "ShortCode": "!" + "".join(rng.choices(_SHORT_CODE_LETTERS, k=5)),
        "OrganisationID": make_guid(rng),
        "Edition": "BUSINESS",
        "Class": "DEMO" if plan.demo else "PREMIUM",
        "Addresses": [
            {
                "AddressType": "STREET",
                "AddressLine1": "12 Ropewalk Yard",
                "City": city,
                "Region": area,
                "PostalCode": postcode,
                "Country": region.country,
                "AttentionTo": "",
            }
        ],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {
            "Bills": {"Day": 30, "Type": "DAYSAFTERBILLDATE"},
            "Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"},
        },
    }


def _build_accounts(region: Region, organisation: Organisation, stamp: int) -> list[Record]:
    taxes = {"s": region.sales_tax, "p": region.purchase_tax, "n": "NONE"}
    return [
        {
            "AccountID": organisation.new_id(),
            "Code": code,
            "Name": region.tax_name if code == "820" else name,
            "Status": "ACTIVE",
            "Type": type_,
            "TaxType": taxes[tax],
            "Description": "",
            "Class": CLASS_BY_TYPE[type_],
            **({"SystemAccount": system} if system else {}),
            "EnablePaymentsToAccount": code == "970",
            "ShowInExpenseClaims": type_ == "OVERHEADS",
            **(
                {
                    "BankAccountNumber": f"20-40-60 {stamp % 10**8:08d}",
                    "BankAccountType": "BANK",
                    "CurrencyCode": region.currency,
                }
                if type_ == "BANK"
                else {}
            ),
            "ReportingCode": "",
            "ReportingCodeName": "",
            "HasAttachments": False,
            "UpdatedDateUTC": render_ms(stamp + number * 1_000),
            "AddToWatchlist": False,
        }
        for number, (code, name, type_, tax, system) in enumerate(CHART)
    ]


def _build_tax_rate(rate: TaxRate, region: Region) -> Record:
    percent = rate.units / 100
    return {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": rate.report_type,
        "CanApplyToAssets": rate.purchases,
        "CanApplyToEquity": rate.sales and rate.purchases,
        "CanApplyToExpenses": rate.purchases,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": rate.sales,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "Status": "ACTIVE",
        "TaxComponents": [
            {"Name": region.tax_name, "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}
        ],
    }


def _build_users(organisation: Organisation, stamp: int) -> list[Record]:
    people = (
        ("Robin", "Fielding", "robin", "FINANCIALADVISER", True),
        ("Meera", "Shah", "meera", "STANDARD", False),
        ("Colin", "Pryce", "colin", "FINANCIALADVISER", False),
    )
    domain = organisation.name.split()[0].lower()
    return [
        {
            "UserID": organisation.new_id(),
            # The person who signs in to the stand-in is the same in every organisation.
            "EmailAddress": f"{mailbox}@{'brightwater' if subscriber else domain}.example",
            "FirstName": given,
            "LastName": family,
            "UpdatedDateUTC": render_ms(stamp + number),
            "IsSubscriber": subscriber,
            "OrganisationRole": role,
        }
        for number, (given, family, mailbox, role, subscriber) in enumerate(people)
    ]


def _build_currency(code: str) -> Record:
    return {"Code": code, "Description": _CURRENCY_NAMES[code]}


def _build_theme(organisation: Organisation, name: str, place: int, stamp: int) -> Record:
    return {
        "BrandingThemeID": organisation.new_id(),
        "Name": name,
        "SortOrder": place,
        "CreatedDateUTC": render_ms(stamp),
        "Type": "INVOICE",
    }


def _build_tracking(organisation: Organisation, name: str, options: tuple[str, ...]) -> Record:
    category_id = organisation.new_id()
    return {
        "TrackingCategoryID": category_id,
        "Name": name,
        "Status": "ACTIVE",
        "Options": [
            {
                "TrackingOptionID": organisation.new_id(),
                "Name": option,
                "Status": "ACTIVE",
                "HasValidationErrors": False,
                "IsDeleted": False,
                "IsArchived": False,
                "IsActive": True,
            }
            for option in options
        ],
    }
