"""
Fields that offer a list and find in it what is typed: accounts, tax rates, items, tracking.

The browser's own list does the searching, so that it works by keys and without a script. What comes
back is text; it is found again by its code, its name, or both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.features.invoicing.books import Books, CategoryFacts


class NotOffered(ValueError):
    """What was typed is nothing that the list has."""

    def __init__(self, noun: str, text: str, *, is_ours: bool = False) -> None:
        where = "" if is_ours else " in use in Xero"
        super().__init__(f"There is no {noun} “{text}”{where}. Choose one of the list.")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; `key` is kept, `code` and `name` are typed."""

    key: str
    code: str
    name: str

    @property
    def label(self) -> str:
        """What stands in the list and in the field."""
        return f"{self.code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Picker:
    """A list to choose from; `noun` is what one of it is called, `is_ours` that Xero knows none of it."""

    field: str
    noun: str
    options: Sequence[Option]
    is_ours: bool = False

    def show(self, key: str) -> str:
        """Return what the field holds for what is kept, also where it is not offered any more."""
        return next((option.label for option in self.options if option.key == key), key)

    def read(self, text: str) -> str:
        """Return the key of what was typed, empty for nothing. Raises NotOffered."""
        wanted = " ".join(text.split()).casefold()
        if not wanted:
            return ""
        for read in (_label, _code, _name, _key):
            found = [option for option in self.options if read(option).casefold() == wanted]
            if len(found) == 1 or (found and read is _label):
                return found[0].key
        raise NotOffered(self.noun, text.strip(), is_ours=self.is_ours)


def _label(option: Option) -> str:
    return " ".join(option.label.split())


def _code(option: Option) -> str:
    return option.code


def _name(option: Option) -> str:
    return option.name


def _key(option: Option) -> str:
    return option.key


def pick_account(books: Books, *, by_code: bool = False) -> Picker:
    """Offer the accounts that a line can be booked to; with `by_code` the code is kept, else the id."""
    return Picker(
        "account",
        "account",
        [Option(one.code if by_code else one.xero_id, one.code, one.name) for one in books.list_accounts()],
    )


def pick_payment_account(books: Books) -> Picker:
    """Offer the accounts that money can be paid into."""
    accounts = (one for one in books.accounts.values() if one.is_active and one.takes_payments)
    return Picker(
        "payment_account",
        "account for payments",
        [Option(one.xero_id, one.code, one.name) for one in accounts],
    )


def pick_tax(books: Books) -> Picker:
    """Offer the tax rates in use that sales can carry."""
    taxes = books.list_sales_taxes()
    return Picker("tax", "tax rate for sales", [Option(tax.tax_type, "", tax.name) for tax in taxes])


def pick_item(books: Books, *, by_code: bool = False) -> Picker:
    """Offer the items that are sold; with `by_code` the code is kept, else the id."""
    items = (item for item in books.items.values() if item.is_sold)
    return Picker(
        "item",
        "item",
        [Option(item.code if by_code else item.xero_id, item.code, item.name) for item in items],
    )


def pick_option(category: CategoryFacts) -> Picker:
    """Offer the options of a tracking category."""
    return Picker(
        f"tracking-{category.xero_id}",
        f"option of {category.name}",
        [Option(option.xero_id, "", option.name) for option in category.list_options()],
    )
