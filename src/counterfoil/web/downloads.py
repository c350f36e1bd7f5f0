"""Files that a list is exported to, written as a whole before the first byte is sent."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.http import QueryDict

from counterfoil.mirror.export import write_csv, write_ndjson, write_xlsx

FORMS = {"csv": "CSV, for any spreadsheet", "xlsx": "Excel workbook", "ndjson": "ndjson, for a program"}

_IN_MEMORY = 1 << 20


def read_form(query: QueryDict) -> str:
    """Return in which form a list is asked for; CSV where it is not said."""
    form = query.get("form", "")
    return form if form in FORMS else "csv"


def write_file(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], *, form: str) -> IO[bytes]:
    """
    Return an open file with the rows, as `csv`, `xlsx` or `ndjson`; it vanishes when it is closed.

    It is written at once because the rows can only be read within the page's own transaction.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    if form == "xlsx":
        write_xlsx(columns, rows, file)
    else:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        if form == "ndjson":
            write_ndjson(columns, rows, text)
        else:
            text.write("\ufeff")  # without this mark Excel takes the letters for those of another alphabet
            write_csv(columns, rows, text)
        text.detach()
    file.seek(0)
    return file
