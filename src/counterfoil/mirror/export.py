"""The mirror, out: CSV for spreadsheets, Excel with real dates and numbers, ndjson for programs."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

from counterfoil.mirror.models import Mirrored

_OURS = {"organisation", "workspace", "raw", "digest"}
_CHUNK = 2000
_ROWS_ON_A_SHEET = 1_048_575  # and one for the names of the columns

# A spreadsheet takes a cell that begins like this for a formula; an apostrophe keeps it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def list_columns(model: type[Mirrored]) -> list[str]:
    """Return the exported columns: Xero's id first, then what is promoted, then how it came here."""
    kept = [field for field in model._meta.concrete_fields if not field.generated]
    names = [field.name for field in kept if field.name not in _OURS]
    return ["xero_id", *(name for name in names if name not in ("pk", "xero_id"))]


def read_rows(model: type[Mirrored], organisation_id: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one organisation, by Xero's id; records that are gone are among them."""
    rows = model._default_manager.filter(organisation_id=organisation_id).order_by("xero_id")
    yield from rows.values_list(*list_columns(model)).iterator(chunk_size=_CHUNK)


def write_csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], out: IO[str]) -> int:
    """Write CSV (RFC 4180) whose cells no spreadsheet runs as a formula. Return the number of rows."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow(
            [_guard(_as_text(value)) if isinstance(value, str) else _as_text(value) for value in row]
        )
    return count


def write_archive(kinds: Iterable[tuple[str, type[Mirrored]]], organisation_id: int, out: IO[bytes]) -> int:
    """Write a ZIP with a CSV file for each kind of record. Return the number of rows in all."""
    count = 0
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, model in kinds:
            with archive.open(f"{name}.csv", "w") as raw, TextIOWrapper(raw, "utf-8", newline="") as text:
                count += write_csv(list_columns(model), read_rows(model, organisation_id), text)
    return count


def write_ndjson(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], out: IO[str]) -> int:
    """
    Write one JSON object a line: amounts as strings, dates as ISO. Return the number of rows.

    A remark below a table may have fewer cells than it; the others are null.
    """
    count = 0
    for row in rows:
        count += 1
        cells = [*row, *[None] * (len(columns) - len(row))]
        record = {name: _as_json(value) for name, value in zip(columns, cells, strict=True)}
        out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return count


def write_xlsx(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], out: IO[bytes]) -> int:
    """
    Write an Excel file with dates as dates and amounts as numbers. Return the number of rows.

    What does not fit on one sheet (Excel ends at 1,048,576 rows) goes on with the next.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True})
        day, moment, amount = (
            book.add_format({"num_format": style})
            for style in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "#,##0.00##")
        )
        sheet = _add_sheet(book, columns, head)
        for row in rows:
            line = count % _ROWS_ON_A_SHEET + 1
            if count and line == 1:
                sheet = _add_sheet(book, columns, head)
            count += 1
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, place, value.replace(tzinfo=None), moment)
                elif isinstance(value, date):
                    sheet.write_datetime(line, place, value, day)
                elif isinstance(value, Decimal):
                    sheet.write_number(line, place, value, amount)
                elif value is not None:
                    sheet.write(line, place, value)
    return count


def _add_sheet(book: Any, columns: Sequence[str], head: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, columns, head)
    return sheet


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return _plain(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal | date | datetime):
        return _as_text(value)
    return value


def _plain(amount: Decimal) -> str:
    """Write an amount with two places, or more where it has them; never an exponent."""
    trimmed = amount.normalize()
    return f"{trimmed if trimmed.as_tuple().exponent < -2 else amount.quantize(Decimal('0.01')):f}"  # type: ignore[operator]  # finite in the database


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
