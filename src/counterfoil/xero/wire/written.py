"""Reads the answer to a write: what became of each element, and the record as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood

# What an answer to a write says about the writing; a list of the same records does not have it.
_ABOUT_THE_WRITE = ("StatusAttributeString", "ValidationErrors", "Warnings")
_FLAGS = ("HasErrors", "HasValidationErrors")

NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Item:
    """
    One element of an answer.

    `record` is what a list would show of it; `problems` are Xero's reasons to refuse it, `warnings` what it
    remarks while taking it.
    """

    record: bytes = field(repr=False)
    members: Mapping[str, Any] = field(repr=False)
    is_refused: bool
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def get_text(self, member: str) -> str:
        """Return a member that is text, or nothing."""
        value = self.members.get(member)
        return value if isinstance(value, str) else ""


def read_items(body: bytes, key: str) -> list[Item]:
    """
    Return the elements below `key`, in the order of the answer. Raises AnswerNotUnderstood.

    With `summarizeErrors=false` a good status says nothing: each element says for itself how it fared.
    Source: Xero developer guide, "Requests and Responses", summarizeErrors.
    """
    try:
        envelope = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        elements = msgspec.json.decode(envelope[key], type=list[dict[str, msgspec.Raw]])
        return [_read_item(element) for element in elements]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        raise AnswerNotUnderstood(f"the answer to a write of {key} is not in its usual shape") from None


def _read_item(element: dict[str, msgspec.Raw]) -> Item:
    members = {name: msgspec.json.decode(value) for name, value in element.items()}
    problems = _list_messages(members.get("ValidationErrors"))
    status = str(members.get("StatusAttributeString", "")).upper()
    is_refused = status == "ERROR" or bool(problems) or any(members.get(flag) is True for flag in _FLAGS)
    record = {name: value for name, value in element.items() if name not in _ABOUT_THE_WRITE}
    return Item(
        record=msgspec.json.encode(record),
        members=members,
        is_refused=is_refused,
        problems=problems,
        warnings=_list_messages(members.get("Warnings")),
    )


def _list_messages(entries: object) -> tuple[str, ...]:
    """Return the words; some samples write Description where others write Message."""
    found = []
    for entry in entries if isinstance(entries, list) else []:
        words = (entry.get("Message") or entry.get("Description")) if isinstance(entry, dict) else entry
        if isinstance(words, str) and words:
            found.append(words)
    return tuple(dict.fromkeys(found))
