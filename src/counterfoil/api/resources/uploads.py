"""Files of clients, people, deals and work: given, looked at, decided about, added, and taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Page
from counterfoil.domain.csvfile import NotATable
from counterfoil.features.importing import operations
from counterfoil.features.importing.meanings import KEPT_IN_NOTES, LEFT_OUT, MEANINGS, is_possible
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.importing.queries import count_states, count_waiting, list_lines
from counterfoil.features.importing.undoing import take_back
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_WORKING = needs(Permission.WORK, of_firm=True)
_SHOWN = 50
LineNumber = Annotated[int, Field(ge=1, lt=2**31)]


@dataclass(frozen=True)
class UploadPlace:
    """The file after which a page begins, the latest first."""

    pk: int


@dataclass(frozen=True)
class LinePlace:
    """The line after which a page begins."""

    line: int


class FileIn(Schema):
    """A file, as text with a line of column names; the same one again is the same import."""

    kind: Upload.Kind
    name: str = Field(default="Posted lines", min_length=1, max_length=255)
    content: str = Field(min_length=1, description="CSV; commas, semicolons, tabs or bars part its cells")


class ColumnsIn(Schema):
    """What the columns are taken for, in their order, and how dates and amounts are written."""

    meanings: Annotated[list[str], Field(max_length=500)]
    dates: Upload.Dates = Upload.Dates.DAY_FIRST
    currency: str = Field(default="", pattern="^([A-Z]{3})?$", description="Where none stands beside")
    makes_clients: bool = Field(default=False, description="Whether clients that are not here are made")


class ChoicesIn(Schema):
    """What is decided about lines that may be here already: some by their number, or all that wait."""

    lines: dict[LineNumber, UploadRow.Choice] = Field(default_factory=dict, max_length=5000)
    for_all: UploadRow.Choice | None = None


class UploadOut(Schema):
    """A file that was given."""

    id: int
    kind: str
    name: str
    given_by: str
    given_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


class WholeUpload(UploadOut):
    """A file, how its columns are taken, and where its lines stand."""

    columns: list[str]
    meanings: list[str]
    possible_meanings: list[str] = Field(description="What a column can be taken for")
    dates: str
    currency: str
    makes_clients: bool
    lines: dict[str, int] = Field(description="How many stand where")
    waiting: int = Field(description="How many may be here already, and nobody decided")
    problem: str = Field(description="What is to be chosen before anything can be added")


class UploadLine(Schema):
    """One line of a file, and what becomes of it."""

    line: int
    cells: list[str]
    state: str
    reason: str
    may_be: str = Field(description="What is here already and may be the same, or what it became")
    choice: str


class AddedOut(Schema):
    """What was added."""

    made: int
    completed: int
    waiting: int
    wrong: int


class TakenBackOut(Schema):
    """What was taken back; what somebody worked with since is kept."""

    removed: int
    restored: int
    kept: list[str]


@router.get("uploads", response=Page[UploadOut], **_WORKING)
def list_uploads(request: HttpRequest, cursor: str = "") -> dict[str, Any]:
    """List the files that were given, the latest first."""
    after, found = read_cursor(request, UploadPlace, cursor), Upload.objects.order_by("-pk")
    rows = list((found.filter(pk__lt=after.pk) if after else found)[: _SHOWN + 1])
    following = UploadPlace(rows[_SHOWN - 1].pk) if len(rows) > _SHOWN else None
    return {"data": rows[:_SHOWN], "next_cursor": write_cursor(request, following)}


@router.post("uploads", response={201: WholeUpload}, **_WORKING)
def give_file(request: HttpRequest, given: FileIn) -> Status[WholeUpload]:
    """Give a file. Its columns are guessed and its lines looked at; nothing is added yet."""
    try:
        upload, _ = operations.take_file(
            request.membership.workspace,  # type: ignore[attr-defined]  # set by the middleware
            kind=given.kind.value,
            name=given.name,
            content=given.content.encode(),
            who=who(request),
            now=timezone.now(),
        )
    except NotATable as refused:
        raise ApiProblem(Problem.NOT_VALID, errors=[{"where": "content", "what": str(refused)}]) from refused
    return Status(201, _tell(upload))


@router.get("uploads/{int:upload_id}", response=WholeUpload, **_WORKING)
def show_upload(request: HttpRequest, upload_id: int) -> WholeUpload:
    """Show how a file is read; nothing is added by looking."""
    return _tell(_find(upload_id))


@router.post("uploads/{int:upload_id}", response=WholeUpload, **_WORKING)
def set_columns(request: HttpRequest, upload_id: int, given: ColumnsIn) -> WholeUpload:
    """Say what the columns are; every line is looked at again."""
    upload = _find(upload_id)
    known = _list_meanings(upload)
    if len(given.meanings) != len(upload.heads) or not set(given.meanings) <= set(known):
        what = f"Say of each of the {len(upload.heads)} columns one of: {', '.join(filter(None, known))}."
        raise ApiProblem(Problem.NOT_VALID, errors=[{"where": "meanings", "what": what}])
    operations.set_columns(
        upload,
        meanings=given.meanings,
        dates=given.dates.value,
        currency=given.currency,
        makes_clients=given.makes_clients,
    )
    return _tell(upload)


@router.get("uploads/{int:upload_id}/lines", response=Page[UploadLine], **_WORKING)
def list_of_upload(
    request: HttpRequest, upload_id: int, state: UploadRow.State = UploadRow.State.NEW, cursor: str = ""
) -> dict[str, Any]:
    """List the lines of a file that stand so, in its order."""
    after = read_cursor(request, LinePlace, cursor)
    page = list_lines(_find(upload_id), state, after=after.line if after else 0)
    rows = [
        UploadLine(
            line=one.row.line,
            cells=one.row.cells,
            state=one.row.state,
            reason=one.row.reason,
            may_be=one.found,
            choice=one.row.choice,
        )
        for one in page.lines
    ]
    following = LinePlace(page.next_after) if page.next_after else None
    return {"data": rows, "next_cursor": write_cursor(request, following)}


@router.post("uploads/{int:upload_id}/choose", response=WholeUpload, **_WORKING)
def choose(request: HttpRequest, upload_id: int, given: ChoicesIn) -> WholeUpload:
    """Decide about lines that may be here already. Nothing is added yet."""
    upload = _find(upload_id)
    operations.choose(upload, {line: made.value for line, made in given.lines.items()})
    if given.for_all is not None:
        operations.choose_for_all(upload, given.for_all.value)
    return _tell(upload)


@router.post("uploads/{int:upload_id}/add", response=AddedOut, **_WORKING)
def add_all(request: HttpRequest, upload_id: int) -> AddedOut:
    """Add what can be added, and do what was decided; again, it adds nothing twice."""
    upload = _find(upload_id)
    try:
        with transaction.atomic():
            added = operations.add_all(upload, who=who(request), now=timezone.now())
    except IntegrityError as faster:
        raise ApiProblem(
            Problem.NOT_POSSIBLE_NOW, "Somebody added one of these a moment ago. Look at it again."
        ) from faster
    return AddedOut(made=added.made, completed=added.completed, waiting=added.waiting, wrong=added.wrong)


@router.post("uploads/{int:upload_id}/undo", response=TakenBackOut, **_WORKING)
def undo(request: HttpRequest, upload_id: int) -> TakenBackOut:
    """Take a whole import back."""
    done = take_back(_find(upload_id), who=who(request), now=timezone.now())
    return TakenBackOut(removed=done.removed, restored=done.restored, kept=done.kept)


def _find(upload_id: int) -> Upload:
    found = Upload.objects.filter(pk=upload_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no import with this number.")
    return found


def _list_meanings(upload: Upload) -> list[str]:
    return [*(one.key for one in MEANINGS[upload.kind]), KEPT_IN_NOTES, LEFT_OUT]


def _tell(upload: Upload) -> WholeUpload:
    return WholeUpload(
        id=upload.pk,
        kind=upload.kind,
        name=upload.name,
        given_by=upload.given_by,
        given_at=upload.given_at,
        applied_at=upload.applied_at,
        undone_at=upload.undone_at,
        columns=upload.heads,
        meanings=upload.meanings,
        possible_meanings=_list_meanings(upload),
        dates=upload.dates,
        currency=upload.currency,
        makes_clients=upload.makes_clients,
        lines={state.value: count for state, count in count_states(upload).items()},
        waiting=count_waiting(upload),
        problem=is_possible(upload.kind, upload.meanings),
    )
