"""Reads a CSV file as people have them: any spreadsheet's alphabet and separator, and no line left out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_FILE = 20 * 1024 * 1024

_SEPARATORS = ",;\t|"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# What an export of ours puts an apostrophe before, so that no spreadsheet takes it for a formula.
_GUARDED = tuple(f"'{sign}" for sign in "=+-@\t\r")


class NotATable(ValueError):
    """The file is no CSV with a line of column names; the sentence says what was found instead."""


@dataclass(frozen=True)
class TableRow:
    """One row: on which line of the file it begins, and what stands in it."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A file: the names of its columns, and its rows that hold anything."""

    heads: list[str]
    rows: list[TableRow]


def read_table(content: bytes) -> Table:
    """
    Return the table in a CSV file; commas, semicolons, tabs and bars may part its cells.

    Cells keep their line breaks. Raises NotATable.
    """
    if content.startswith(_WORKBOOKS):
        raise NotATable("This is an Excel workbook. In Excel, choose Save As and then CSV UTF-8.")
    text, separator = _find_separator(_decode(content))
    rows = _read(text, separator)
    heads = next(rows, None)
    if heads is None:
        raise NotATable("There is nothing in this file.")
    return Table([head.strip() for head in heads.cells], list(rows))


def _decode(content: bytes) -> str:
    """Return the text: as its first bytes say, else UTF-8, else what spreadsheets on Windows write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    beginning = content[:2000]
    if beginning.count(0) > len(beginning) // 3:  # every second byte of plain letters is zero
        return content.decode("utf-16-be" if beginning[:1] == b"\0" else "utf-16-le", errors="replace")
    if 0 in content:
        raise NotATable("This is not a text file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _find_separator(text: str) -> tuple[str, str]:
    """Return the text and what parts its cells: as Excel says in a first line, else what parts the most."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return rest, first.strip()[4]
    sizes = {
        separator: len(next(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=separator), []))
        for separator in _SEPARATORS
    }
    return text, max(_SEPARATORS, key=sizes.__getitem__)


def _read(text: str, separator: str) -> Iterator[TableRow]:
    _refuse_open_quote(text, separator)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        begins = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield TableRow(begins, [_read_cell(cell) for cell in cells])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise NotATable(f"This is not a CSV file: {error} on line {reader.line_num}.") from error


def _refuse_open_quote(text: str, separator: str) -> None:
    """A quotation mark that is never closed would make one cell of all the lines behind it."""
    strict = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for _ in strict:
            begins = strict.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise NotATable(
                f"A quotation mark on line {begins} is never closed, so all lines after it would be one cell."
                " Mend that line and give the file again."
            ) from error


def _read_cell(cell: str) -> str:
    stripped = cell.replace("\r\n", "\n").strip().replace("\x00", "")
    return stripped[1:] if stripped.startswith(_GUARDED) else stripped
