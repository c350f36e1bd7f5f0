"""What can be asked about a file that was given: how its lines stand, and one page of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.importing.meanings import LEFT_OUT
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.importing.work import MODELS as WORK_MODELS
from counterfoil.features.importing.work import describe

PAGE_SIZE = 50
_SAMPLES = 3

State, Kind = UploadRow.State, Upload.Kind


@dataclass(frozen=True)
class ColumnSample:
    """One column of the file: its name, what it is taken for, and what stands in its first lines."""

    place: int
    head: str
    meaning: str
    samples: Sequence[str]


@dataclass(frozen=True)
class Line:
    """One line as the preview shows it: what it is called, what else it says, and who it may be already."""

    row: UploadRow
    title: str
    details: Sequence[tuple[str, str]]
    found: str


@dataclass(frozen=True)
class LinePage:
    """One page of lines, and the line that the next page begins after."""

    lines: Sequence[Line]
    next_after: int | None


def count_states(upload: Upload) -> Mapping[UploadRow.State, int]:
    """Return how many lines stand where, in the order in which they are shown; one query."""
    counted = dict(upload.rows.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state.value, 0) for state in State}


def count_waiting(upload: Upload) -> int:
    """Return how many lines may be here already and nobody has decided about."""
    return upload.rows.filter(state=State.FOUND, choice="").count()


def list_columns(upload: Upload) -> list[ColumnSample]:
    """Return the file's columns with what stands in the first lines that say something; one query."""
    first = list(upload.rows.order_by("line").values_list("cells", flat=True)[:50])
    return [
        ColumnSample(place, head or f"Column {place + 1}", upload.meanings[place], _sample(first, place))
        for place, head in enumerate(upload.heads)
    ]


def list_lines(upload: Upload, state: UploadRow.State, *, after: int = 0) -> LinePage:
    """Return a page of the lines that stand so, in the order of the file; two queries."""
    rows = list(upload.rows.filter(state=state, line__gt=after).order_by("line")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    wanted = [row.made_id or row.found_id for row in shown if row.made_id or row.found_id]
    names = _name_work(upload.kind, wanted) if upload.kind in WORK_MODELS else _name(upload.kind, wanted)
    return LinePage(
        [_describe(row, upload, names) for row in shown],
        shown[-1].line if len(rows) > PAGE_SIZE else None,
    )


def _name(kind: str, wanted: Sequence[int | None]) -> dict[int, str]:
    model: Any = {Kind.CLIENTS: Client, Kind.PEOPLE: Person, Kind.DEALS: Deal}[Kind(kind)]
    return dict(model._default_manager.filter(pk__in=wanted).values_list("pk", "name"))


def _name_work(kind: str, wanted: Sequence[int | None]) -> dict[int, str]:
    model: Any = WORK_MODELS[kind]
    return {one.pk: describe(one) for one in model._default_manager.filter(pk__in=wanted)}


def iterate_left(upload: Upload) -> Iterator[tuple[str, ...]]:
    """Yield the lines that were not added, as they came, with why: to be mended and given again."""
    rows = upload.rows.exclude(state__in=[State.MADE, State.COMPLETED]).order_by("line")
    width = len(upload.heads)
    for row in rows.iterator(chunk_size=2000):
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        yield (*cells[:width], str(row.line), str(State(row.state).label), row.reason)


def _describe(row: UploadRow, upload: Upload, names: Mapping[int, str]) -> Line:
    said = [
        (head or f"Column {place + 1}", cell, meaning)
        for place, (head, meaning, cell) in enumerate(
            zip(upload.heads, upload.meanings, row.cells, strict=False)
        )
        if cell
    ]
    titles = ("client",) if upload.kind in WORK_MODELS else ("name", "first_name", "last_name")
    parts = [cell for _, cell, meaning in said if meaning in titles]
    named = [cell for _, cell, meaning in said if meaning == "name"]
    title = " ".join(named or parts)
    details = [(head, cell) for head, cell, meaning in said if meaning not in (*titles, LEFT_OUT)]
    return Line(row, title, details, names.get(row.made_id or row.found_id or 0, ""))


def _sample(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [cells[place] for cells in rows if place < len(cells) and cells[place]][:_SAMPLES]
