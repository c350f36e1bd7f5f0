"""Reads amounts as people type them: 1,234.50, with spaces or without, and a minus of either kind."""

import re
from decimal import Decimal

_MINUS = "\N{MINUS SIGN}"
# A comma stands between thousands only: 12,5 could be twelve and a half, and is refused.
_NUMBER = re.compile(r"-?(\d{1,14}|\d{1,3}(,\d{3}){1,4})?(\.\d{0,10})?", re.ASCII)


class NotANumber(ValueError):
    """What was typed is no number that can mean one thing only."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text}” is not a number. Write it as 1234.50.")


def read_decimal(text: str) -> Decimal | None:
    """Return the number, or None for nothing. Raises NotANumber."""
    tidy = re.sub(r"\s", "", text).replace(_MINUS, "-")
    if not tidy:
        return None
    if not _NUMBER.fullmatch(tidy) or not any(char.isdigit() for char in tidy):
        raise NotANumber(text.strip()[:40])
    return Decimal(tidy.replace(",", ""))
