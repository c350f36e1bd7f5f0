"""Writes the mirror out."""

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.cli.app import Exit, Stopped, app, errors
from counterfoil.cli.organisations import OrgOption, find_organisation
from counterfoil.config.installation import database_running
from counterfoil.mirror.export import list_columns, read_rows, write_csv, write_ndjson, write_xlsx
from counterfoil.mirror.models import Mirrored
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.streams import STREAMS


class Format(StrEnum):
    """What can be written."""

    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


_MODELS: dict[str, type[Mirrored]] = {
    stream.name.lower(): stream.model for stream in STREAMS if not stream.name.startswith("Reports/")
}


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="What to write: " + ", ".join(_MODELS))],
    org: OrgOption = None,
    form: Annotated[Format, typer.Option("--format")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
) -> None:
    """Write one kind of record out, exactly as the mirror holds it."""
    model = _MODELS.get(kind.lower().replace("-", ""))
    if model is None:
        raise Stopped(f"There is no kind {kind!r}. Kinds are: {', '.join(_MODELS)}", Exit.USAGE)
    if output is None and form is Format.XLSX and sys.stdout.isatty():
        raise Stopped("An Excel file cannot be shown here; name a file with --output.", Exit.USAGE)
    with database_running(), across_workspaces():
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
    errors.print(
        f"{count:,} {kind} of {organisation.name}" + (f" in {output}" if output else ""), highlight=False
    )


def _put(output: Path | None, content: bytes) -> None:
    if output:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)


def _open_text(output: Path | None) -> io.TextIOWrapper:
    if output is None:
        return io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
    return output.open("w", encoding="utf-8", newline="")
