"""What can be done with a file of clients, people, deals or work: take it, read it again, decide, add."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from counterfoil.domain.csvfile import read_table
from counterfoil.features.clients.models import Address, Client, Deal, Person
from counterfoil.features.clients.operations import request_linking_everywhere, tell_of_change
from counterfoil.features.importing.matching import ClientBook, Finding, OfClients
from counterfoil.features.importing.meanings import guess_meanings, is_possible
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.importing.reading import Draft, Settings, read_row
from counterfoil.features.importing.work import MODELS as WORK_MODELS
from counterfoil.features.importing.work import WorkBook, complete, read_work
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.queries import list_colleagues
from counterfoil.mirror.models import Workspace

State, Choice, Kind = UploadRow.State, UploadRow.Choice, Upload.Kind

# What is decided about these stands; the others are looked at again whenever anything changes.
_DONE = (State.MADE, State.COMPLETED)
_BATCH = 2000
_write = msgspec.json.Encoder(decimal_format="string").encode


class NotPossible(Exception):
    """The file cannot be taken like this; the sentence says what to choose."""


@dataclass(frozen=True)
class Added:
    """How many lines were added, how many records filled in, and how many lines wait or cannot be taken."""

    made: int
    completed: int
    waiting: int
    wrong: int


@dataclass
class _Planned:
    """One line as it was looked at."""

    row: UploadRow
    draft: Draft
    client_id: int | None = None


def take_file(
    workspace: Workspace, *, kind: str, name: str, content: bytes, who: User, now: datetime
) -> tuple[Upload, bool]:
    """
    Keep every line of the file, guess its columns, and return it and whether it is new.

    The same file again is the same upload. Raises NotATable.
    """
    table = read_table(content)
    with transaction.atomic():
        upload, is_new = Upload.objects.get_or_create(
            workspace=workspace,
            kind=kind,
            digest=hashlib.sha256(content).hexdigest(),
            defaults={
                "name": name[:255],
                "heads": table.heads,
                "meanings": guess_meanings(kind, table.heads),
                "given_by": name_person(who),
                "given_at": now,
            },
        )
        if is_new:
            UploadRow.objects.bulk_create(
                (
                    UploadRow(workspace=workspace, belongs_to=upload, line=row.line, cells=row.cells)
                    for row in table.rows
                ),
                batch_size=_BATCH,
            )
            look_again(upload)
    return upload, is_new


def set_columns(
    upload: Upload, *, meanings: Sequence[str], dates: str, currency: str, makes_clients: bool
) -> None:
    """Say what the columns are, and look at every line again."""
    upload.meanings, upload.dates = list(meanings), dates
    upload.currency, upload.makes_clients = currency, makes_clients
    with transaction.atomic():
        upload.save(update_fields=["meanings", "dates", "currency", "makes_clients"])
        look_again(upload)


def choose(upload: Upload, choices: Mapping[int, str]) -> int:
    """Keep what was decided about lines that may be here already. Return how many they were."""
    with transaction.atomic():
        return sum(
            upload.rows.filter(
                state=State.FOUND, line__in=[line for line, made in choices.items() if made == choice]
            ).update(choice=choice)
            for choice in (*Choice, "")
        )


def choose_for_all(upload: Upload, choice: str) -> int:
    """Decide the same about every line that waits for a decision. Return how many they were."""
    return upload.rows.filter(state=State.FOUND, choice="").update(choice=choice)


def look_again(upload: Upload) -> None:
    """Read every line that is not done as the columns are taken now, and hold it against what is here."""
    _keep(_plan(upload))


def add_all(upload: Upload, *, who: User, now: datetime) -> Added:
    """
    Add every line that can be added, and do with the others what was decided; nothing is merged by itself.

    Doing it again adds what has become possible since, and nothing twice. Raises NotPossible.
    """
    if problem := is_possible(upload.kind, upload.meanings):
        raise NotPossible(problem)
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        planned = _plan(upload)
        adding = [one for one in planned if _is_to_be_added(one.row)]
        completing = [one for one in planned if _is_to_be_completed(one.row)]
        _make_clients(upload, adding, now)
        _add(upload, adding, now)
        _complete(upload, completing)
        for one in planned:
            if one.row.state == State.FOUND and one.row.choice == Choice.LEAVE:
                one.row.state = State.LEFT
        _keep(planned)
        upload.applied_at, upload.undone_at = now, None
        upload.save(update_fields=["applied_at", "undone_at"])
        if adding or completing:
            record(
                workspace_id=upload.workspace_id,
                act=Act.RECORDS_IMPORTED,
                who=who,
                what=f"{upload.name}: {len(adding)} added, {len(completing)} completed",
                now=now,
            )
            request_linking_everywhere(upload.workspace_id)
    return Added(
        made=len(adding),
        completed=len(completing),
        waiting=sum(one.row.state == State.FOUND for one in planned),
        wrong=sum(one.row.state == State.WRONG for one in planned),
    )


def _is_to_be_added(row: UploadRow) -> bool:
    return row.state == State.NEW or (row.state == State.FOUND and row.choice == Choice.ADD)


def _is_to_be_completed(row: UploadRow) -> bool:
    return row.state == State.FOUND and row.choice == Choice.COMPLETE and row.found_id is not None


def _plan(upload: Upload) -> list[_Planned]:
    """Look at every line that is not done; its row says what was found."""
    colleagues = {
        address.casefold(): pk
        for pk, address in list_colleagues(upload.workspace_id).values_list("pk", "email")
    }
    settings = Settings(upload.kind, upload.heads, upload.meanings, upload.dates, upload.currency, colleagues)
    rows = upload.rows.exclude(state__in=_DONE).order_by("line")
    read = read_work if upload.kind in WORK_MODELS else read_row
    planned = [_Planned(row, read(row.cells, settings)) for row in rows.iterator(chunk_size=_BATCH)]
    book = ClientBook()
    of_clients = _open_book(upload.kind)
    for one in planned:
        finding = (
            book.find(one.draft, one.row.line)
            if of_clients is None
            else _find_of_client(one, book, of_clients, makes_clients=upload.makes_clients)
        )
        _judge(one, finding)
    return planned


def _open_book(kind: str) -> OfClients | WorkBook | None:
    if kind in WORK_MODELS:
        return WorkBook(kind)
    return None if kind == Kind.CLIENTS else OfClients(kind)


def _find_of_client(
    one: _Planned, book: ClientBook, of_clients: OfClients | WorkBook, *, makes_clients: bool
) -> Finding | None:
    draft = one.draft
    one.client_id, problem = book.find_client(draft)
    if problem:
        draft.problems.append(problem)
    elif one.client_id is None and not makes_clients:
        draft.problems.append(
            f"No client is called {draft.client}. Import the clients first, or have them added above."
        )
    if isinstance(of_clients, WorkBook):
        of_clients.settle(draft, one.client_id)
    whose = one.client_id if one.client_id is not None else draft.client.casefold()
    return of_clients.find(draft, whose, one.row.line)


def _judge(one: _Planned, finding: Finding | None) -> None:
    row, problems = one.row, list(one.draft.problems)
    if finding and finding.must_not_double and finding.found_id is None:
        problems.append(f"{finding.why} Each needs its own.")
    row.found_id = finding.found_id if finding else None
    if problems:
        row.state, row.reason, row.choice = State.WRONG, " ".join(problems), ""
    elif finding is None:
        row.state, row.reason, row.choice = State.NEW, "", ""
    else:
        row.state, row.reason = State.FOUND, finding.why
        if row.choice == Choice.ADD and finding.must_not_double:
            row.choice = ""
        if row.choice == Choice.COMPLETE and finding.found_id is None:
            row.choice = ""


def _make_clients(upload: Upload, adding: Sequence[_Planned], now: datetime) -> None:
    """Make the clients of people and deals that are not here yet, each once."""
    wanted: dict[str, list[_Planned]] = {}
    for one in adding:
        if upload.kind != Kind.CLIENTS and one.client_id is None:
            wanted.setdefault(one.draft.client.casefold(), []).append(one)
    made = Client.objects.bulk_create(
        [
            Client(workspace_id=upload.workspace_id, name=lines[0].draft.client[:255], created_at=now)
            for lines in wanted.values()
        ],
        batch_size=_BATCH,
    )
    for client, lines in zip(made, wanted.values(), strict=True):
        lines[0].row.made_client_id = client.pk
        for one in lines:
            one.client_id = client.pk


def _add(upload: Upload, adding: Sequence[_Planned], now: datetime) -> None:
    common = {"workspace_id": upload.workspace_id, "created_at": now}
    if upload.kind in WORK_MODELS:
        _add_work(upload, adding, now)
        return
    model: Any = {Kind.CLIENTS: Client, Kind.PEOPLE: Person, Kind.DEALS: Deal}[Kind(upload.kind)]
    whose = [{} if upload.kind == Kind.CLIENTS else {"client_id": one.client_id} for one in adding]
    made = model.objects.bulk_create(
        [model(**common, **client, **_settled(one.draft)) for one, client in zip(adding, whose, strict=True)],
        batch_size=_BATCH,
    )
    addresses = []
    for one, thing in zip(adding, made, strict=True):
        one.row.state, one.row.made_id = State.MADE, thing.pk
        one.row.wrote = _as_json(_settled(one.draft))
        if one.draft.address:
            one.row.wrote["address"] = one.draft.address
            addresses.append(
                Address(
                    workspace_id=upload.workspace_id,
                    client_id=thing.pk,
                    kind=Address.Kind.STREET,
                    **one.draft.address,
                )
            )
    Address.objects.bulk_create(addresses, batch_size=_BATCH)


def _add_work(upload: Upload, adding: Sequence[_Planned], now: datetime) -> None:
    model: Any = WORK_MODELS[upload.kind]
    fields = [complete(one.draft, upload, line=one.row.line, client_id=one.client_id) for one in adding]
    made = model.objects.bulk_create(
        [model(workspace_id=upload.workspace_id, created_at=now, **each) for each in fields],
        batch_size=_BATCH,
    )
    for one, thing, each in zip(adding, made, fields, strict=True):
        one.row.state, one.row.made_id, one.row.wrote = State.MADE, thing.pk, _as_json(each)


def _complete(upload: Upload, completing: Sequence[_Planned]) -> None:
    """Fill in what those that are here lack; what stands there already stays."""
    if not completing:
        return
    model: Any = {Kind.CLIENTS: Client, Kind.PEOPLE: Person, Kind.DEALS: Deal}[Kind(upload.kind)]
    here = model.objects.in_bulk([one.row.found_id for one in completing])
    numbers = set(Client.objects.exclude(number="").values_list("number", flat=True))
    for one in completing:
        thing = here.get(one.row.found_id)
        if thing is None:
            continue
        lacks = {
            name: value
            for name, value in _settled(one.draft).items()
            if value not in ("", None, []) and getattr(thing, name) in ("", None, [])
        }
        if lacks.get("number") in numbers:
            del lacks["number"]
        if "value" in lacks and thing.currency not in ("", lacks.get("currency")):
            del lacks["value"]
        numbers.add(lacks.get("number", ""))
        one.row.stood = _as_json({name: getattr(thing, name) for name in lacks})
        one.row.wrote = _as_json(lacks)
        one.row.state, one.row.made_id = State.COMPLETED, thing.pk
        for name, value in lacks.items():
            setattr(thing, name, value)
        if lacks:
            thing.save(update_fields=list(lacks))
            tell_of_change(thing)


def _settled(draft: Draft) -> dict[str, Any]:
    return {name: value for name, value in draft.fields.items() if value is not None}


def _as_json(values: Mapping[str, Any]) -> Any:
    return msgspec.json.decode(_write(values))


def _keep(planned: Iterable[_Planned]) -> None:
    """Write what was found of all lines at once: ten thousand of them take one statement."""
    rows = [one.row for one in planned]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            cursor.execute(
                "update importing_uploadrow held set state = came.state, reason = came.reason,"
                " choice = came.choice, found_id = came.found_id, made_id = came.made_id,"
                " made_client_id = came.made_client_id, wrote = came.wrote::jsonb, stood = came.stood::jsonb"
                " from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],"
                " %s::bigint[], %s::text[], %s::text[])"
                " came(id, state, reason, choice, found_id, made_id, made_client_id, wrote, stood)"
                " where held.id = came.id",
                [
                    [row.pk for row in part],
                    [str(row.state) for row in part],
                    [row.reason for row in part],
                    [str(row.choice) for row in part],
                    [row.found_id for row in part],
                    [row.made_id for row in part],
                    [row.made_client_id for row in part],
                    [None if row.wrote is None else _write(row.wrote).decode() for row in part],
                    [None if row.stood is None else _write(row.stood).decode() for row in part],
                ],
            )
