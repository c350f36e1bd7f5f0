"""Reads what one line of a file says of a client, a person or a deal, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model

from counterfoil.domain.searching import read_amount
from counterfoil.features.clients.models import Address, Client, Deal, Person
from counterfoil.features.importing.meanings import KEPT_IN_NOTES, LEFT_OUT
from counterfoil.features.importing.models import Upload

ADDRESS = ("line_1", "line_2", "city", "region", "postal_code", "country")
_MODELS = {Upload.Kind.CLIENTS: Client, Upload.Kind.PEOPLE: Person, Upload.Kind.DEALS: Deal}
_STAGES = {
    "": "open", "open": "open", "new": "open", "in progress": "open",
    "won": "won", "closed won": "won", "lost": "lost", "closed lost": "lost",
}  # fmt: skip
_WRITTEN_MONTHS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y")


@dataclass(frozen=True)
class Settings:
    """How a file is to be read: what its columns are, how it writes dates, and who works here."""

    kind: str
    heads: Sequence[str]
    meanings: Sequence[str]
    dates: str
    currency: str
    colleagues: Mapping[str, int]


@dataclass
class Draft:
    """What a line would become: its fields, its address, whose it is, and what is wrong with it."""

    fields: dict[str, Any] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    client: str = ""
    client_number: str = ""
    problems: list[str] = field(default_factory=list)
    # Of work: the deal or the agreement that it names.
    named: dict[str, str] = field(default_factory=dict)


def read_row(cells: Sequence[str], settings: Settings) -> Draft:
    """Return what a line says; each problem is a sentence with what to do about it."""
    said = list_said(cells, settings)
    draft = Draft(client=said.pop("client", ""), client_number=said.pop("client_number", ""))
    _read_name(said)
    address = {part: said.pop(part, "") for part in ADDRESS}
    draft.address = {part: cell for part, cell in address.items() if cell}
    notes = [said.pop("notes", ""), *list_more_notes(cells, settings)]
    draft.fields = {"notes": "\n".join(note for note in notes if note)}
    for meaning, cell in said.items():
        _read_field(draft, meaning, cell, settings)
    if not draft.fields.get("name"):
        draft.problems.append("There is no name. Write one in the file, and give it again.")
    if settings.kind == Upload.Kind.DEALS:
        _settle_value(draft, said.get("value", ""), settings)
    measure(draft, _MODELS[Upload.Kind(settings.kind)])
    return draft


def list_said(cells: Sequence[str], settings: Settings) -> dict[str, str]:
    """Return what stands in the columns that were taken for something."""
    return {
        meaning: cell
        for meaning, cell in zip(settings.meanings, cells, strict=False)
        if meaning not in (LEFT_OUT, KEPT_IN_NOTES)
    }


def _read_name(said: dict[str, str]) -> None:
    first, last = said.pop("first_name", ""), said.pop("last_name", "")
    if not said.get("name"):
        said["name"] = " ".join(part for part in (first, last) if part)


def list_more_notes(cells: Sequence[str], settings: Settings) -> list[str]:
    """Return what stands in columns that have no place of their own, and in cells beyond the last column."""
    heads = [
        *settings.heads,
        *(f"Column {place}" for place in range(len(settings.heads) + 1, len(cells) + 1)),
    ]
    meanings = [*settings.meanings, *[KEPT_IN_NOTES] * (len(heads) - len(settings.meanings))]
    return [
        f"{head or 'Column'}: {cell}"
        for head, meaning, cell in zip(heads, meanings, cells, strict=False)
        if meaning == KEPT_IN_NOTES and cell
    ]


def _read_field(draft: Draft, meaning: str, cell: str, settings: Settings) -> None:
    match meaning:
        case "email":
            draft.fields["email"] = _read_email(cell, draft)
        case "tags":
            tags = (tag.strip() for tag in re.split("[,;\n]", cell))
            draft.fields["tags"] = list(dict.fromkeys(tag for tag in tags if tag))
        case "owner":
            draft.fields["owner_id"] = _find_owner(cell, draft, settings)
        case "stage":
            draft.fields["stage"] = _read_stage(cell, draft)
        case "closes_on":
            draft.fields["closes_on"] = read_day(cell, draft, settings)
        case "value":
            pass  # with its currency, once that is known
        case "currency":
            draft.fields["currency"] = cell.upper()
        case _:
            draft.fields[meaning] = cell


def _read_email(cell: str, draft: Draft) -> str:
    if cell:
        try:
            validate_email(cell)
        except ValidationError:
            draft.problems.append(
                f"“{cell}” is no e-mail address. Mend it in the file, or keep the column in the notes."
            )
    return cell


def _find_owner(cell: str, draft: Draft, settings: Settings) -> int | None:
    if not cell:
        return None
    found = settings.colleagues.get(cell.casefold())
    if found is None:
        draft.problems.append(
            f"Nobody in the firm has the e-mail address “{cell}”. Invite them first, or keep the column in"
            " the notes."
        )
    return found


def _read_stage(cell: str, draft: Draft) -> str:
    stage = _STAGES.get(" ".join(cell.casefold().replace("-", " ").split()))
    if stage is None:
        draft.problems.append(
            f"“{cell}” is no stage here. Write Open, Won or Lost, or keep the column in the notes."
        )
    return stage or Deal.Stage.OPEN


def read_day(cell: str, draft: Draft, settings: Settings) -> date | None:
    """Return the date that a cell says, in the order that was chosen; else say what is wrong with it."""
    if not cell:
        return None
    bare = cell.split("T")[0].split(" 00:")[0].replace(",", "").strip()
    try:
        if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", bare):
            return date(*(int(part) for part in found.groups()))
        if found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", bare):
            first, second, year = (int(part) for part in found.groups())
            is_day_first = settings.dates == Upload.Dates.DAY_FIRST
            return date(year, second, first) if is_day_first else date(year, first, second)
    except ValueError:
        pass
    else:
        for form in _WRITTEN_MONTHS:
            try:
                return datetime.strptime(bare, form).date()  # noqa: DTZ007 - a calendar date has no zone
            except ValueError:
                continue
    draft.problems.append(
        f"“{cell}” is no date in the order chosen above. Choose the other, or write it as in 2026-12-31."
    )
    return None


def _settle_value(draft: Draft, cell: str, settings: Settings) -> None:
    """Give the value its currency: the column's, else one written beside the amount, else the file's."""
    draft.fields["value"] = None
    beside = re.search(r"\b[A-Za-z]{3}\b", cell)
    currency = draft.fields.get("currency") or (beside.group().upper() if beside else settings.currency)
    draft.fields["currency"] = currency
    if not cell:
        return
    amount = read_amount(cell)
    if amount is None or amount.as_tuple().exponent < -4:  # type: ignore[operator]  # finite
        draft.problems.append(f"“{cell}” is no amount. Mend it in the file, or keep the column in the notes.")
    elif not re.fullmatch("[A-Z]{3}", currency):
        draft.problems.append("Say above in which currency the values are, in three letters as in GBP.")
    else:
        draft.fields["value"] = amount


def measure(draft: Draft, model: type[Model]) -> None:
    """Say of what is longer than it may be; nothing is cut."""
    texts: list[tuple[type[Model], dict[str, Any]]] = [(model, draft.fields), (Address, draft.address)]
    for of, values in texts:
        for name, value in values.items():
            longest = getattr(of._meta.get_field(name), "max_length", None)
            if isinstance(value, str) and longest and len(value) > longest:
                what = name.replace("_", " ")
                draft.problems.append(
                    f"The {what} has {len(value)} letters, and {longest} fit. Shorten it, or keep the column"
                    " in the notes."
                )
    if any(len(tag) > 50 for tag in draft.fields.get("tags", [])):
        draft.problems.append("A tag has 50 letters at most. Part several with commas.")
