"""Hours, units and expenses from a file: what a line says of them, and what they belong to."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.domain.searching import read_amount
from counterfoil.features.billing.models import AgreementLine, Expense, TimeEntry, UnitCount
from counterfoil.features.clients.models import Deal
from counterfoil.features.importing.matching import Finding
from counterfoil.features.importing.models import Upload
from counterfoil.features.importing.reading import (
    Draft,
    Settings,
    list_more_notes,
    list_said,
    measure,
    read_day,
)

MODELS: Mapping[str, type[TimeEntry] | type[UnitCount] | type[Expense]] = {
    Upload.Kind.TIME: TimeEntry,
    Upload.Kind.UNITS: UnitCount,
    Upload.Kind.EXPENSES: Expense,
}
_YES = {"", "yes", "y", "true", "1", "billable", "x"}
_NO = {"no", "n", "false", "0", "not billable", "non-billable", "nonbillable"}
# What makes two lines the same piece of work.
_SAME = {
    Upload.Kind.TIME: ("client_id", "day", "who", "hours", "note"),
    Upload.Kind.UNITS: ("line_id", "day", "quantity"),
    Upload.Kind.EXPENSES: ("client_id", "day", "description", "amount", "currency"),
}


def read_work(cells: Sequence[str], settings: Settings) -> Draft:
    """Return what a line says of hours, units or an expense; each problem is a sentence with what to do."""
    said = list_said(cells, settings)
    draft = Draft(client=said.pop("client", ""), client_number=said.pop("client_number", ""))
    draft.named = {name: said.pop(name, "") for name in ("deal", "agreement", "unit")}
    notes = [said.get("note", ""), *list_more_notes(cells, settings)]
    note = "\n".join(one for one in notes if one)
    day = read_day(said.get("day", ""), draft, settings)
    if day is None and not said.get("day"):
        draft.problems.append("There is no day. Write one in the file, and give it again.")
    draft.fields = {"day": day}
    match settings.kind:
        case Upload.Kind.TIME:
            draft.fields |= _read_hours(said, draft, settings) | {"note": note}
        case Upload.Kind.UNITS:
            draft.fields |= {"quantity": _read_number(said, "quantity", draft), "note": note}
        case Upload.Kind.EXPENSES:
            text = "\n".join(one for one in (said.get("description", ""), note) if one)
            draft.fields |= _read_expense(said, draft, settings) | {"description": text}
            if not text:
                draft.problems.append("Nothing says what the expense was. Write it in the file.")
    measure(draft, MODELS[settings.kind])
    return draft


def _read_hours(said: Mapping[str, str], draft: Draft, settings: Settings) -> dict[str, Any]:
    hours = _read_number(said, "hours", draft)
    if hours is not None and not 0 < hours <= 24:
        draft.problems.append(f"{said['hours']} hours fit into no day. Part them, or mend the line.")
    billable = " ".join(said.get("billable", "").casefold().split())
    if billable not in _YES | _NO:
        draft.problems.append(f"“{said['billable']}” is neither yes nor no. Write one of them.")
    if not said.get("who"):
        draft.problems.append("Nobody is named who worked. Write a name, or say which column has it.")
    return {
        "who": said.get("who", ""),
        "role": said.get("role", ""),
        "hours": hours,
        "is_billable": billable not in _NO,
    }


def _read_expense(said: Mapping[str, str], draft: Draft, settings: Settings) -> dict[str, Any]:
    amount, cell = _read_number(said, "amount", draft), said.get("amount", "")
    beside = re.search(r"\b[A-Za-z]{3}\b", cell)
    currency = (said.get("currency") or (beside.group() if beside else settings.currency)).upper()
    if not re.fullmatch("[A-Z]{3}", currency):
        draft.problems.append("Say above in which currency the amounts are, in three letters as in GBP.")
    return {"amount": amount, "currency": currency}


def _read_number(said: Mapping[str, str], name: str, draft: Draft) -> Decimal | None:
    cell = said.get(name, "")
    clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)(:00)?", cell.strip()) if name == "hours" else None
    if clock:
        return round(Decimal(clock.group(1)) + Decimal(clock.group(2)) / 60, 2)
    amount = read_amount(cell)
    places = 2 if name == "hours" else 4
    if amount is None or amount != round(amount, places):
        draft.problems.append(f"“{cell}” is no number of {name}. Mend it in the file.")
        return None
    return amount


class WorkBook:
    """What the firm has of a kind, by which a line is known again, and what lines belong to."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._here: dict[tuple[Any, ...], int] = {}
        self._lines: dict[tuple[Any, ...], int] = {}
        self._deals: dict[tuple[int, object], list[int]] = {}
        self._units: dict[int, list[AgreementLine]] = {}
        names = _SAME[Upload.Kind(kind)]
        for pk, *values in MODELS[kind]._default_manager.order_by("pk").values_list("pk", *names):
            self._here.setdefault(tuple(_simplify(value) for value in values), pk)
        for pk, client_id, name in Deal.objects.values_list("pk", "client_id", "name"):
            self._deals.setdefault((client_id, _simplify(name)), []).append(pk)
        if kind == Upload.Kind.UNITS:
            counted = AgreementLine.objects.filter(kind=AgreementLine.Kind.UNITS)
            for line in counted.exclude(agreement__state="archived").select_related("agreement"):
                self._units.setdefault(line.agreement.client_id, []).append(line)

    def settle(self, draft: Draft, client_id: int | None) -> None:
        """Find the deal or the line of an agreement that the file names; what is not found is a problem."""
        if self._kind == Upload.Kind.UNITS:
            self._settle_line(draft, client_id)
        elif deal := draft.named["deal"]:
            found = self._deals.get((client_id or 0, _simplify(deal)), [])
            if len(found) == 1:
                draft.fields["deal_id"] = found[0]
            else:
                draft.problems.append(
                    f"The client has no deal “{deal}”, or several. Add it, or leave it out."
                )

    def _settle_line(self, draft: Draft, client_id: int | None) -> None:
        agreement, unit = (_simplify(draft.named[name]) for name in ("agreement", "unit"))
        found = [
            line
            for line in self._units.get(client_id or 0, [])
            if agreement in ("", _simplify(line.agreement.name))
            and unit in ("", _simplify(line.unit), _simplify(line.description))
        ]
        if len(found) == 1:
            draft.fields["line_id"] = found[0].pk
        elif client_id is not None:
            draft.problems.append(
                f"The client has {len(found) or 'no'} agreement lines that count this. Name the agreement and"
                " the unit as they are called here."
            )

    def find(self, draft: Draft, client: object, line: int) -> Finding | None:
        """Return what is here already and says the same; `client` is its number here, or a name to be."""
        values = draft.fields | {"client_id": client}
        key = tuple(_simplify(values.get(name)) for name in _SAME[Upload.Kind(self._kind)])
        here, above = self._here.get(key), self._lines.get(key)
        self._lines.setdefault(key, line)
        if here is not None:
            return Finding(None, "The same is written down here already.")
        if above is not None:
            return Finding(None, f"Line {above} of this file says the same.")
        return None


def complete(draft: Draft, upload: Upload, *, line: int, client_id: int | None) -> dict[str, Any]:
    """Return every field of the record that a line becomes."""
    fields = {name: value for name, value in draft.fields.items() if value is not None}
    fields["created_by"] = upload.given_by
    if upload.kind == Upload.Kind.TIME:
        fields["source"] = f"import {upload.pk}, line {line}"
    if upload.kind != Upload.Kind.UNITS:
        fields["client_id"] = client_id
    return fields


def describe(record: TimeEntry | UnitCount | Expense) -> str:
    """Return what a record is called in a list of lines."""
    match record:
        case TimeEntry():
            return f"{record.hours.normalize():f} hours on {record.day.isoformat()}"
        case UnitCount():
            return f"{record.quantity.normalize():f} on {record.day.isoformat()}"
    return f"{record.description} on {record.day.isoformat()}"


def _simplify(value: object) -> object:
    match value:
        case str():
            return " ".join(value.casefold().split())
        case Decimal():
            return value.normalize()
        case date():
            return value.isoformat()
    return value
