"""What Xero would say to a line: its item, account, tax rate, tracking and price; pure."""

from collections.abc import Iterator
from decimal import Decimal

from counterfoil.domain.totals import AmountsAre, round_price
from counterfoil.features.invoicing.books import AccountFacts, Books
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.findings import MAPPINGS, Finding

LONGEST_DESCRIPTION, MOST_CATEGORIES = 4_000, 2
_NOT_VALID = "Account code '{}' is not a valid code for this document."


def check_line(document: Document, line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    """Yield everything that is wrong with one line, or worth knowing; `place` counts from one."""
    if not line.description and not line.item_code:
        yield Finding(
            "description", "description-missing", "The line says nothing.", "Describe it.", line=place
        )
    if len(line.description) > LONGEST_DESCRIPTION:
        yield Finding(
            "description",
            "description-long",
            f"The description has {len(line.description):,} letters; Xero keeps {LONGEST_DESCRIPTION:,}.",
            "Make it shorter, or put the rest on a line of words below.",
            theirs=f"The field Description has a maximum length of {LONGEST_DESCRIPTION} characters.",
            line=place,
        )
    if line.item_code:
        yield from _check_item(line, books, place)
    if line.is_words:
        return
    account = books.accounts.get(line.account_code)
    yield from _check_account(document, line, account, place)
    if document.amounts_are is not AmountsAre.NO_TAX:
        yield from _check_tax(document, line, account, books, place)
    yield from _check_tracking(line, books, place)
    yield from _check_price(document, line, place)


def _check_item(line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    item = books.find_item(line.item_code)
    if item is None:
        yield Finding(
            "item_code",
            f"item:{line.item_code}",
            f"There is no item {line.item_code}.",
            MAPPINGS,
            theirs=f"Item code '{line.item_code}' is not valid",
            line=place,
        )
    elif not item.is_sold:
        yield Finding(
            "item_code",
            f"item-unsold:{line.item_code}",
            f"{item.name or item.code} is not marked as sold in Xero.",
            "Tick “I sell this item” in Xero, or choose another item.",
            line=place,
            blocks=False,
        )


def _check_account(
    document: Document, line: DocumentLine, account: AccountFacts | None, place: int
) -> Iterator[Finding]:
    code = line.account_code
    if not code:
        yield Finding(
            "account_code",
            f"account-missing:{line.service}",
            "No account is chosen, nor mapped for this service.",
            "Choose it on the line, or map the service to an account.",
            theirs="Account code must be specified.",
            line=place,
            blocks=document.approves,
        )
    elif account is None or not account.takes_lines:
        yield Finding(
            "account_code",
            f"account:{code}",
            f"There is no account {code}."
            if account is None
            else f"{code} {account.name} is a bank or system account: no line can be booked to it.",
            MAPPINGS,
            theirs=_NOT_VALID.format(code),
            line=place,
        )
    elif not account.is_active:
        yield Finding(
            "account_code",
            f"account:{code}",
            f"The account {code} {account.name} is archived.",
            MAPPINGS,
            theirs=f"Account code '{code}' has been archived, or has been deleted. Each line item must "
            "reference a valid account.",
            line=place,
        )


def _check_tax(
    document: Document, line: DocumentLine, account: AccountFacts | None, books: Books, place: int
) -> Iterator[Finding]:
    tax = books.taxes.get(line.tax_type)
    if not line.tax_type:
        yield Finding(
            "tax_type",
            f"tax-missing:{line.service}",
            "No tax rate is chosen, nor mapped for this service, and the account has none.",
            "Choose it on the line, or map the service to a tax rate.",
            line=place,
            blocks=document.approves,
        )
    elif tax is None or not tax.is_active:
        yield Finding(
            "tax_type",
            f"tax:{line.tax_type}",
            f"There is no tax rate {line.tax_type}."
            if tax is None
            else f"{tax.name} is not in use any more.",
            MAPPINGS,
            theirs=f"The TaxType code '{line.tax_type}' does not exist.",
            line=place,
        )
    elif account is not None and account.account_class and account.account_class not in tax.classes:
        yield Finding(
            "tax_type",
            f"tax:{line.tax_type}:{account.code}",
            f"{tax.name} cannot be charged on {account.code} {account.name}.",
            "Choose a tax rate for sales, or another account.",
            theirs=f"The TaxType code '{line.tax_type}' cannot be used with account code '{account.code}'.",
            line=place,
        )


def _check_tracking(line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    if len(line.tracking) > MOST_CATEGORIES:
        yield Finding(
            "tracking",
            "tracking-many",
            "A line can have two tracking categories at most.",
            "Take one away.",
            theirs="Each line item can have a maximum of 2 tracking categories.",
            line=place,
        )
    for category_id, option_id in line.tracking:
        category = books.categories.get(category_id)
        option = category.options.get(option_id) if category else None
        if category is None or not category.is_active or option is None or not option.is_active:
            name = option.name if option else category.name if category else "The tracking option"
            yield Finding(
                "tracking",
                f"tracking:{option_id}",
                f"{name} is not in use any more for tracking.",
                MAPPINGS,
                theirs="The tracking category or its option could not be found.",
                line=place,
            )


def _check_price(document: Document, line: DocumentLine, place: int) -> Iterator[Finding]:
    price = line.unit_amount or Decimal(0)
    kept = round_price(price, decimals=document.decimals)
    if kept != price:
        yield Finding(
            "unit_amount",
            "price-rounded",
            f"Xero will round the price {price.normalize():f} to {kept} before it multiplies.",
            "Choose prices with four decimals, if you mean it to the last digit."
            if document.decimals == 2
            else "Write the price with four decimals at most.",
            line=place,
            blocks=False,
        )
    if not 0 <= (line.discount_rate or 0) <= 100:
        yield Finding(
            "discount_rate",
            "discount",
            "A discount is between 0 and 100 percent.",
            "Correct it.",
            theirs="The DiscountRate must be between 0 and 100.",
            line=place,
        )
