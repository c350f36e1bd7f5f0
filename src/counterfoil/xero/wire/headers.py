"""Reads one header, whatever its capitals: Xero writes them in lower case on the wire."""

from collections.abc import Mapping

CORRELATION_ID = "xero-correlation-id"


def get_header(headers: Mapping[str, str], name: str) -> str | None:
    """Return the header's value without outer blanks, or None when it was not sent."""
    wanted = name.lower()
    for key, value in headers.items():
        if key.lower() == wanted:
            return value.strip()
    return None


def get_whole_number(headers: Mapping[str, str], name: str) -> int | None:
    """Return the header as a number of zero or more; None when it is missing or says something else."""
    value = get_header(headers, name)
    if value is None or not (value.isascii() and value.isdigit() and len(value) <= 9):
        return None
    return int(value)
