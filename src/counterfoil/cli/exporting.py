"""Writes the mirror out."""

import io
import os
import sys
from pathlib import Path
from typing import IO

from counterfoil.cli.app import Format
from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.speech import Exit, Stopped, remark
from counterfoil.mirror.export import list_columns, read_rows, write_csv, write_ndjson, write_xlsx
from counterfoil.mirror.models import Mirrored
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.streams import STREAMS

_MODELS: dict[str, type[Mirrored]] = {
    stream.name.lower(): stream.model for stream in STREAMS if not stream.name.startswith("Reports/")
}


def export(kind: str, *, org: str | None, form: Format, output: Path | None) -> None:
    """Write one kind of record to a file or to standard output, and say how many there are."""
    model = _MODELS.get(kind.lower().replace("-", ""))
    if model is None:
        raise Stopped(f"There is no kind {kind!r}. Kinds are: {', '.join(_MODELS)}", Exit.USAGE)
    if output is None and form is Format.XLSX and sys.stdout.isatty():
        raise Stopped("An Excel file cannot be shown here; name a file with --output.", Exit.USAGE)
    with open_database(), across_workspaces():
        organisation = find_organisation(org)
        columns, rows = list_columns(model), read_rows(model, organisation.pk)
        if form is Format.XLSX:
            book = io.BytesIO()
            count = write_xlsx(columns, rows, book)
            _put(output, book.getvalue())
        else:
            write = write_csv if form is Format.CSV else write_ndjson
            with _open_text(output) as out:
                count = write(columns, rows, out)
    remark(f"{count:,} {kind} of {organisation.name}" + (f" in {output}" if output else ""))


def _put(output: Path | None, content: bytes) -> None:
    if output:
        _refuse_unwritable(output)
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)


def _open_text(output: Path | None) -> IO[str]:
    if output is None:
        # A copy of the descriptor, so that closing this leaves standard output open.
        return open(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="")  # noqa: PTH123
    _refuse_unwritable(output)
    return output.open("w", encoding="utf-8", newline="")


def _refuse_unwritable(output: Path) -> None:
    folder = output.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or output.is_dir():
        raise Stopped(f"{output} cannot be written; name a file in a folder that exists.", Exit.USAGE)
