"""What differs by country: currency, tax rates, chart of accounts, places."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class TaxRate:
    """One tax rate; `units` counts hundredths of a percent."""

    tax_type: str
    name: str
    units: int
    applies_to: Literal["sales", "purchases", "both"]
    report_type: str

    @property
    def sales(self) -> bool:
        """Whether income may carry it."""
        return self.applies_to != "purchases"

    @property
    def purchases(self) -> bool:
        """Whether expenses may carry it."""
        return self.applies_to != "sales"


@dataclass(frozen=True)
class Region:
    """One country as the generator needs it."""

    country: str
    currency: str
    timezone: str
    phone_country: str
    tax_name: str
    tax_rates: tuple[TaxRate, ...]
    sales_tax: str
    purchase_tax: str
    year_end: tuple[int, int]
    foreign: dict[str, float]
    cities: tuple[tuple[str, str, str], ...]
    foreign_share: float = 0.1
    suffixes: tuple[str, ...] = field(default=("Ltd",))
    mobiles: tuple[str, ...] = ()  # set aside for plays and films: nobody has them

    def make_mobile(self, number: int) -> str:
        """Return a contact's mobile number, or nothing where the country has none to make up with."""
        return self.mobiles[number % len(self.mobiles)] if self.mobiles else ""


_UK_RATES = (
    TaxRate("OUTPUT2", "20% (VAT on Income)", 2000, "sales", "OUTPUT"),
    TaxRate("INPUT2", "20% (VAT on Expenses)", 2000, "purchases", "INPUT"),
    TaxRate("RROUTPUT", "5% (VAT on Income)", 500, "sales", "OUTPUT"),
    TaxRate("RRINPUT", "5% (VAT on Expenses)", 500, "purchases", "INPUT"),
    TaxRate("ZERORATEDOUTPUT", "Zero Rated Income", 0, "sales", "OUTPUT"),
    TaxRate("ZERORATEDINPUT", "Zero Rated Expenses", 0, "purchases", "INPUT"),
    TaxRate("EXEMPTOUTPUT", "Exempt Income", 0, "sales", "EXEMPTOUTPUT"),
    TaxRate("EXEMPTINPUT", "Exempt Expenses", 0, "purchases", "EXEMPTINPUT"),
    TaxRate("NONE", "No VAT", 0, "both", "NONE"),
)
_AU_RATES = (
    TaxRate("OUTPUT", "GST on Income", 1000, "sales", "OUTPUT"),
    TaxRate("INPUT", "GST on Expenses", 1000, "purchases", "INPUT"),
    TaxRate("EXEMPTOUTPUT", "GST Free Income", 0, "sales", "EXEMPTOUTPUT"),
    TaxRate("EXEMPTEXPENSES", "GST Free Expenses", 0, "purchases", "EXEMPTEXPENSES"),
    TaxRate("BASEXCLUDED", "BAS Excluded", 0, "both", "BASEXCLUDED"),
    TaxRate("NONE", "No GST", 0, "both", "NONE"),
)
_NZ_RATES = (
    TaxRate("OUTPUT2", "15% GST on Income", 1500, "sales", "OUTPUT"),
    TaxRate("INPUT2", "15% GST on Expenses", 1500, "purchases", "INPUT"),
    TaxRate("ZERORATEDOUTPUT", "Zero Rated", 0, "both", "ZERORATEDOUTPUT"),
    TaxRate("NONE", "No GST", 0, "both", "NONE"),
)
_US_RATES = (
    TaxRate("OUTPUT", "Tax on Sales", 0, "sales", "OUTPUT"),
    TaxRate("INPUT", "Tax on Purchases", 0, "purchases", "INPUT"),
    TaxRate("NONE", "Tax Exempt", 0, "both", "NONE"),
)

# Source: Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_UK_MOBILES = tuple(f"07700 900{last:03d}" for last in range(1000))
# Source: ACMA, "Phone numbers for use in TV shows, films and creative works".
_AU_MOBILES = tuple(
    f"0491 {rest}"
    for rest in (
        "570 006", "570 110", "570 156", "570 157", "570 158", "570 159", "570 313", "570 737", "571 266",
        "571 491", "571 804", "572 549", "572 665", "572 983", "573 087", "573 770", "574 118", "574 632",
        "575 254", "575 789", "576 398", "576 801", "577 426", "577 644", "578 148", "578 888", "578 957",
        "579 212", "579 455", "579 760",
    )
)  # fmt: skip
# Source: North American Numbering Plan Administrator, "555 NXX Line Numbers": 0100 to 0199 are for fiction.
_US_MOBILES = tuple(f"({area}) 555-0{last}" for last in range(100, 200) for area in ("503", "512", "518"))

REGIONS = {
    "GB": Region(
        country="GB",
        currency="GBP",
        timezone="GMTSTANDARDTIME",
        phone_country="44",
        tax_name="VAT",
        tax_rates=_UK_RATES,
        sales_tax="OUTPUT2",
        purchase_tax="INPUT2",
        year_end=(31, 3),
        foreign={"EUR": 1.17, "USD": 1.29},
        cities=(
            ("Bristol", "Avon", "BS1 4DJ"),
            ("London", "", "SE1 9GF"),
            ("Manchester", "Lancashire", "M4 1HQ"),
            ("Leeds", "West Yorkshire", "LS2 7EW"),
            ("Bath", "Somerset", "BA1 1LZ"),
            ("Edinburgh", "", "EH3 9QA"),
            ("Cardiff", "", "CF10 1EP"),
            ("Norwich", "Norfolk", "NR2 1TF"),
        ),
        foreign_share=0.12,
        suffixes=("Ltd", "Ltd", "LLP", "& Sons", "Group", "Partners", "CIC"),
        mobiles=_UK_MOBILES,
    ),
    "AU": Region(
        country="AU",
        currency="AUD",
        timezone="AUSEASTERNSTANDARDTIME",
        phone_country="61",
        tax_name="GST",
        tax_rates=_AU_RATES,
        sales_tax="OUTPUT",
        purchase_tax="INPUT",
        year_end=(30, 6),
        foreign={"NZD": 1.09, "USD": 0.66},
        cities=(
            ("Brunswick", "VIC", "3056"),
            ("Newtown", "NSW", "2042"),
            ("Fremantle", "WA", "6160"),
            ("Toowong", "QLD", "4066"),
            ("Geelong", "VIC", "3220"),
            ("Hobart", "TAS", "7000"),
        ),
        foreign_share=0.02,
        suffixes=("Pty Ltd", "Pty Ltd", "& Co", "Body Corporate", "Trust"),
        mobiles=_AU_MOBILES,
    ),
    "NZ": Region(
        country="NZ",
        currency="NZD",
        timezone="NEWZEALANDSTANDARDTIME",
        phone_country="64",
        tax_name="GST",
        tax_rates=_NZ_RATES,
        sales_tax="OUTPUT2",
        purchase_tax="INPUT2",
        year_end=(31, 3),
        foreign={"AUD": 0.92, "USD": 0.6},
        cities=(("Wellington", "", "6011"), ("Auckland", "", "1010"), ("Nelson", "", "7010")),
    ),
    "US": Region(
        country="US",
        currency="USD",
        timezone="EASTERNSTANDARDTIME",
        phone_country="1",
        tax_name="Tax",
        tax_rates=_US_RATES,
        sales_tax="OUTPUT",
        purchase_tax="INPUT",
        year_end=(31, 12),
        foreign={"CAD": 1.37, "EUR": 0.92},
        cities=(("Portland", "OR", "97205"), ("Austin", "TX", "78701"), ("Albany", "NY", "12207")),
        suffixes=("LLC", "Inc", "& Co"),
        mobiles=_US_MOBILES,
    ),
}

# (code, name, type, which tax: s = sales, p = purchases, n = none, system account)
CHART = (
    ("090", "Business Bank Account", "BANK", "n", None),
    ("091", "Business Savings Account", "BANK", "n", None),
    ("200", "Sales", "REVENUE", "s", None),
    ("210", "Retainers", "REVENUE", "s", None),
    ("260", "Other Revenue", "REVENUE", "s", None),
    ("270", "Interest Income", "REVENUE", "n", None),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "p", None),
    ("325", "Direct Subcontractors", "DIRECTCOSTS", "p", None),
    ("400", "Advertising & Marketing", "OVERHEADS", "p", None),
    ("404", "Bank Fees", "OVERHEADS", "n", None),
    ("412", "Consulting & Accounting", "OVERHEADS", "p", None),
    ("416", "Depreciation Expense", "OVERHEADS", "n", None),
    ("429", "General Expenses", "OVERHEADS", "p", None),
    ("445", "Light, Power, Heating", "OVERHEADS", "p", None),
    ("449", "Motor Vehicle Expenses", "OVERHEADS", "p", None),
    ("453", "Office Expenses", "OVERHEADS", "p", None),
    ("463", "Software Subscriptions", "OVERHEADS", "p", None),
    ("469", "Rent", "OVERHEADS", "p", None),
    ("477", "Salaries", "OVERHEADS", "n", None),
    ("489", "Telephone & Internet", "OVERHEADS", "p", None),
    ("493", "Travel", "OVERHEADS", "p", None),
    ("497", "Bank Revaluations", "OVERHEADS", "n", "BANKCURRENCYGAIN"),
    ("499", "Realised Currency Gains", "OVERHEADS", "n", "REALISEDCURRENCYGAIN"),
    ("610", "Accounts Receivable", "CURRENT", "n", "DEBTORS"),
    ("620", "Prepayments", "CURRENT", "n", None),
    ("710", "Office Equipment", "FIXED", "p", None),
    ("711", "Less Accumulated Depreciation on Office Equipment", "FIXED", "n", None),
    ("800", "Accounts Payable", "CURRLIAB", "n", "CREDITORS"),
    ("820", "Tax Control", "CURRLIAB", "n", "GST"),
    ("825", "Wages Payable", "CURRLIAB", "n", None),
    ("840", "Historical Adjustment", "CURRLIAB", "n", "HISTORICAL"),
    ("860", "Rounding", "CURRLIAB", "n", "ROUNDING"),
    ("960", "Retained Earnings", "EQUITY", "n", "RETAINEDEARNINGS"),
    ("970", "Owner Funds Introduced", "EQUITY", "n", None),
)

CLASS_BY_TYPE = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "REVENUE": "REVENUE",
    "DIRECTCOSTS": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "EQUITY": "EQUITY",
    # Types that the generator does not use and an app may.
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
    "EXPENSE": "EXPENSE",
    "DEPRECIATN": "EXPENSE",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
}
# Countries whose tax rates must say where they are reported.
TAX_REPORTED = frozenset({"AU", "NZ", "GB"})
