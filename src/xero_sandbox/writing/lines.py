"""Line items: what is given, what is filled in, and what is refused (FACTS 7.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_sandbox.books.money import LineAmountTypes
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.shapes import Element

_CENT, _FINE = Decimal("0.01"), Decimal("0.0001")
_LARGEST_LINE = Decimal("9999999999.99")
_LONGEST = 4_000
_AMOUNTS = frozenset({"Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount"})
_KEPT = (
    *("Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType"),
    *("DiscountRate", "DiscountAmount", "Tracking"),
)
_APPLIES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


def round_to(number: Decimal, unit: Decimal = _CENT) -> Decimal:
    """Round half away from zero, the rule assumed in FACTS 13."""
    return number.quantize(unit, ROUND_HALF_UP)


def tax_of(amount: Decimal, rate: Decimal, amounts: LineAmountTypes) -> Decimal:
    """Return the tax of one line in cents' precision; `rate` is a percentage."""
    if amounts == "NoTax":
        return Decimal(0)
    if amounts == "Inclusive":
        return round_to(amount * rate / (100 + rate)) if rate != -100 else Decimal(0)
    return round_to(amount * rate / 100)


@dataclass
class Chart:
    """What lines may refer to, read once per element."""

    accounts: dict[str, Record]
    rates: dict[str, Record]
    items: dict[str, Record]
    tracking: list[Record]

    @classmethod
    def of(cls, books: Organisation) -> "Chart":
        """Read an organisation's accounts, rates, items and tracking."""
        tables = books.tables
        return cls(
            accounts={account.get("Code", ""): account for account in _records(tables["Accounts"])},
            rates={rate["TaxType"]: rate for rate in _records(tables["TaxRates"])},
            items={item["Code"].lower(): item for item in _records(tables["Items"])},
            tracking=_records(tables["TrackingCategories"]),
        )


def _records(table: Any) -> list[Record]:
    return [row.read() for row in table]


@dataclass
class LineRules:
    """How the lines of one document are read; `old` are the lines it has already."""

    books: Organisation
    sales: bool
    amounts: LineAmountTypes
    approved: bool
    fine: bool = False
    discounts: bool = False
    old: Mapping[str, Record] = field(default_factory=dict)


def build_lines(given: Sequence[Element], rules: LineRules) -> list[Record]:
    """Return the lines as they are kept, or raise ActRefused with every fault of every line."""
    chart = Chart.of(rules.books)
    lines: list[Record] = []
    problems: list[str] = []
    for element in given:
        try:
            lines.append(_Line(element, rules, chart).build())
        except ActRefused as refused:
            problems += refused.messages
    if problems:
        raise ActRefused(*dict.fromkeys(problems))
    return lines


class _Line:
    """One line between what was sent and what is kept."""

    def __init__(self, given: Element, rules: LineRules, chart: Chart) -> None:
        self.rules, self.chart = rules, chart
        line_id = given.get("LineItemID")
        old = rules.old.get(line_id or "")
        if line_id and old is None:
            raise ActRefused(f"The LineItemID {line_id} does not belong to this document.")
        self.line_id = line_id or rules.books.new_id()
        self.given = _merge(old, given) if old is not None else dict(given)
        self.item = self._find_item()

    def build(self) -> Record:
        """Return the line."""
        description = self._text("Description") or (self.item or {}).get("Description", "")
        if len(description) > _LONGEST:
            raise ActRefused("The field Description has a maximum length of 4000 characters.")
        if not self.item and not _AMOUNTS & set(self.given):
            return self._words_only(description)
        quantity, unit, amount = self._amounts()
        account = self._account(amount)
        line: Record = {}
        if self.item is not None:
            line["ItemCode"] = self.item["Code"]
            line["Item"] = {key: self.item[key] for key in ("ItemID", "Name", "Code")}
        line |= {"Description": description, "UnitAmount": float(unit)}
        tax_type, tax = self._tax(account, amount)
        line |= {"TaxType": tax_type, "TaxAmount": float(tax), "LineAmount": float(amount)}
        if account is not None:
            line |= {"AccountCode": account["Code"], "AccountID": account["AccountID"]}
        line |= {"Tracking": self._tracking(), "Quantity": float(quantity)}
        for name in ("DiscountRate", "DiscountAmount"):
            if self.given.get(name):
                line[name] = float(self.given[name])
        return line | {"LineItemID": self.line_id}

    def _words_only(self, description: str) -> Record:
        line: Record = {"Description": description, "UnitAmount": 0.0, "TaxAmount": 0.0, "LineAmount": 0.0}
        account = self._account(Decimal(0)) if self.given.get("AccountCode") else None
        if account is not None:
            line |= {"AccountCode": account["Code"], "AccountID": account["AccountID"]}
        return line | {"Tracking": self._tracking(), "Quantity": 0.0, "LineItemID": self.line_id}

    def _text(self, name: str) -> str:
        text: str = self.given.get(name, "")
        return text

    def _find_item(self) -> Record | None:
        code = self._text("ItemCode")
        if not code:
            return None
        item = self.chart.items.get(code.lower())
        if item is None:
            raise ActRefused(f"Item code '{code}' is not valid")
        return item

    @property
    def _item_details(self) -> Record:
        details: Record = (self.item or {}).get("SalesDetails" if self.rules.sales else "PurchaseDetails", {})
        return details

    def _amounts(self) -> tuple[Decimal, Decimal, Decimal]:
        quantity: Decimal | None = self.given.get("Quantity")
        unit: Decimal | None = self.given.get("UnitAmount")
        amount: Decimal | None = self.given.get("LineAmount")
        if any(abs(number) > _LARGEST_LINE for number in (quantity, unit, amount) if number is not None):
            raise ActRefused(f"The line amount must not exceed {_LARGEST_LINE:,}")
        if unit is None and amount is None and "UnitPrice" in self._item_details:
            unit = Decimal(str(self._item_details["UnitPrice"]))
        if quantity is None:
            quantity = amount / unit if amount is not None and unit else Decimal(1)
        quantity = round_to(quantity, _FINE)
        precision = _FINE if self.rules.fine else _CENT
        if unit is None:
            unit = self._before_discount(amount or Decimal(0)) / quantity if quantity else Decimal(0)
            unit = round_to(unit, precision)
            expected = round_to(amount or Decimal(0))
        else:
            unit = round_to(unit, precision)
            expected = self._after_discount(quantity * unit)
            # A quantity worked out from the amount may miss it by its own rounding.
            if "Quantity" not in self.given and amount is not None:
                expected = round_to(amount)
        if amount is not None and round_to(amount) != expected:
            raise ActRefused(
                f"The line total {round_to(amount)} does not match the expected line total {expected}"
            )
        if abs(expected) > _LARGEST_LINE or abs(unit) > _LARGEST_LINE:
            raise ActRefused(f"The line amount must not exceed {_LARGEST_LINE:,}")
        return quantity, unit, expected

    def _after_discount(self, gross: Decimal) -> Decimal:
        rate, fixed = self._discount()
        return round_to(gross - fixed if fixed else gross * (100 - rate) / 100)

    def _before_discount(self, net: Decimal) -> Decimal:
        rate, fixed = self._discount()
        return net + fixed if fixed else net * 100 / (100 - rate) if rate != 100 else net

    def _discount(self) -> tuple[Decimal, Decimal]:
        rate: Decimal = self.given.get("DiscountRate", Decimal(0))
        fixed: Decimal = self.given.get("DiscountAmount", Decimal(0))
        if (rate or fixed) and not self.rules.discounts:
            raise ActRefused("Discounts can only be applied to sales invoices and quotes.")
        if not 0 <= rate <= 100:
            raise ActRefused("The DiscountRate must be between 0 and 100.")
        return rate, fixed

    def _account(self, amount: Decimal) -> Record | None:
        code = self._text("AccountCode") or self._code_by_id() or self._item_details.get("AccountCode", "")
        if not code:
            if self.rules.approved and amount:
                raise ActRefused("Account code must be specified.")
            return None
        account = self.chart.accounts.get(code)
        if account is None or account["Type"] == "BANK" or not _may_carry_lines(account):
            raise ActRefused(f"Account code '{code}' is not a valid code for this document.")
        if account["Status"] != "ACTIVE":
            raise ActRefused(
                f"Account code '{code}' has been archived, or has been deleted. Each line item must "
                "reference a valid account."
            )
        return account

    def _code_by_id(self) -> str:
        wanted = self.given.get("AccountID")
        found = [code for code, account in self.chart.accounts.items() if account["AccountID"] == wanted]
        if wanted and not found:
            raise ActRefused(f"Account with id '{wanted}' is not valid for this document.")
        return found[0] if found else ""

    def _tax(self, account: Record | None, amount: Decimal) -> tuple[str, Decimal]:
        if self.rules.amounts == "NoTax":
            return "NONE", Decimal(0)
        tax_type = self._text("TaxType") or self._item_details.get("TaxType", "")
        tax_type = tax_type.upper() or (account or {}).get("TaxType", "NONE")
        rate = self.chart.rates.get(tax_type)
        if rate is None or rate["Status"] != "ACTIVE":
            raise ActRefused(f"The TaxType code '{tax_type}' does not exist.")
        if account is not None and not rate.get(_APPLIES[account["Class"]], True):
            raise ActRefused(
                f"The TaxType code '{tax_type}' cannot be used with account code '{account['Code']}'."
            )
        if "TaxAmount" in self.given:
            return tax_type, round_to(self.given["TaxAmount"])
        return tax_type, tax_of(amount, Decimal(str(rate["EffectiveRate"])), self.rules.amounts)

    def _tracking(self) -> list[Record]:
        given = self.given.get("Tracking", [])
        if len(given) > 2:
            raise ActRefused("Each line item can have a maximum of 2 tracking categories.")
        return [_find_tracking(self.chart, item) for item in given if item]


def _merge(old: Record, given: Element) -> Element:
    kept = {name: old[name] for name in _KEPT if name in old}
    for name in _AMOUNTS & set(kept):
        kept[name] = Decimal(str(kept[name]))
    if "LineAmount" in given and "UnitAmount" not in given:
        kept.pop("UnitAmount", None)
    if not _AMOUNTS & set(given) and "TaxType" not in given and "TaxAmount" not in given:
        kept["TaxAmount"] = Decimal(str(old["TaxAmount"]))
    if "AccountID" in given:
        kept.pop("AccountCode", None)
    if not old.get("Quantity") and not _AMOUNTS & set(given):
        kept = {name: value for name, value in kept.items() if name not in _AMOUNTS}
    return kept | given


def _may_carry_lines(account: Record) -> bool:
    return bool(account.get("SystemAccount", "ROUNDING") == "ROUNDING")


def _find_tracking(chart: Chart, given: Mapping[str, Any]) -> Record:
    for category in chart.tracking:
        if given.get("TrackingCategoryID", category["TrackingCategoryID"]) != category["TrackingCategoryID"]:
            continue
        if given.get("Name", category["Name"]).lower() != category["Name"].lower():
            continue
        for option in category["Options"]:
            named = given.get("TrackingOptionID") or given.get("Option")
            if named and named.lower() in {option["TrackingOptionID"], option["Name"].lower()}:
                return {
                    "Name": category["Name"],
                    "Option": option["Name"],
                    "TrackingCategoryID": category["TrackingCategoryID"],
                    "TrackingOptionID": option["TrackingOptionID"],
                }
    raise ActRefused("The tracking category or its option could not be found.")
