"""
Fills fields into a text that a person wrote, as in `Retainer {month}` or `Hello {first_name|there}`.

A field stands in curly brackets; what follows a bar is said when there is no value. Two brackets stand for
one. A text is checked when it is written: what cannot be filled is never found out when it is sent.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}|]*)(?:\|([^{}]*))?\}|[{}]")


class BadText(ValueError):
    """A text whose fields cannot be filled; the message says which, and what there is."""


class ValueMissing(ValueError):
    """A field has no value here, and the text says nothing in its place."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no value for {{{name}}}. Give one, or write what to say without: {{{name}|…}}."
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a text names it; `instead` is None where the text says nothing for a missing value."""

    name: str
    instead: str | None = None


def parse_fields(text: str, known: Collection[str]) -> tuple[Field, ...]:
    """Return the fields of a text in their order. Raises BadText for a field that is not known."""
    found = []
    for match in _PIECE.finditer(text):
        if match.group() in ("{{", "}}"):
            continue
        if match.group(1) is None:
            raise BadText(
                f"There is a single {match.group()} at “{_around(text, match.start())}”. Write it twice."
            )
        name = match.group(1).strip()
        if name not in known:
            raise BadText(
                f"There is no field {{{name}}}. There are {', '.join(f'{{{one}}}' for one in known)}."
            )
        found.append(Field(name, match.group(2)))
    return tuple(found)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """
    Return the text with its fields filled; values are put in as they are, brackets and all.

    `values` holds every known field, empty where there is none. Raises BadText and ValueMissing.
    """
    parse_fields(text, values)

    def replace(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        name = match.group(1).strip()
        if values[name]:
            return values[name]
        if match.group(2) is None:
            raise ValueMissing(name)
        return match.group(2)

    return _PIECE.sub(replace, text)


def _around(text: str, place: int) -> str:
    return text[max(place - 10, 0) : place + 10].strip()
