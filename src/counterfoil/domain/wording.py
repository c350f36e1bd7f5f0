"""Writes amounts and languages as people read them."""

from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.numbers import format_decimal

from counterfoil.domain.money import get_minor_units

_LOCALE = "en_GB"
_NAMES = Locale("en", "GB")
_MINUS = "\N{MINUS SIGN}"


def say_amount(amount: Decimal, currency: str) -> str:
    """Return an amount with the decimals of its currency, as in 1,234.50; a minus is a real minus."""
    units = get_minor_units(currency)
    rounded = amount.quantize(Decimal(1).scaleb(-units), rounding=ROUND_HALF_UP)
    pattern = ("#,##0." + "0" * units).rstrip(".")
    return _format(rounded, pattern)


def say_language(code: str) -> str:
    """Name the language of a code; a code that is none stands for itself."""
    return str(_NAMES.languages.get(code.replace("-", "_"), code))


def say_number(number: Decimal) -> str:
    """Return a number with every decimal that says something, as in 7.75 or 1,200."""
    return _format(number, "#,##0.##########")


def say_unit_price(price: Decimal, currency: str) -> str:
    """Return a price with its currency's decimals, and with more where it has more: 12.50, 0.0375."""
    return _format(price, "#,##0." + "0" * get_minor_units(currency) + "####")


def _format(number: Decimal, pattern: str) -> str:
    return format_decimal(number, format=pattern.rstrip("."), locale=_LOCALE).replace("-", _MINUS)
