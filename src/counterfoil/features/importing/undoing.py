"""Takes a whole import back: what it added goes unless somebody has worked with it since."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from counterfoil.features.clients.linking import delete_links
from counterfoil.features.clients.models import Address, Client, Deal, Decision, Link, Person
from counterfoil.features.clients.operations import tell_of_change
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.importing.operations import look_again
from counterfoil.features.importing.reading import ADDRESS
from counterfoil.features.importing.work import MODELS as WORK_MODELS
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User

# What no file says of a record.
_NOT_SAID = {"id", "workspace_id", "client_id", "created_at", "archived_at"}

State, Kind = UploadRow.State, Upload.Kind
_MODELS = {Kind.CLIENTS: Client, Kind.PEOPLE: Person, Kind.DEALS: Deal, **WORK_MODELS}


@dataclass(frozen=True)
class TakenBack:
    """How many records went, how many were as before again, and which were kept because they are in use."""

    removed: int
    restored: int
    kept: list[str]


def take_back(upload: Upload, *, who: User, now: datetime) -> TakenBack:
    """
    Undo an import, and say what was kept: a record that was changed or used since is somebody's work.

    The lines stay, and can be added again.
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        model: Any = _MODELS[upload.kind]
        rows = list(upload.rows.filter(state__in=[State.MADE, State.COMPLETED]))
        here = model.objects.in_bulk([row.made_id for row in rows])
        restored = sum(_restore(here.get(row.made_id), row) for row in rows if row.state == State.COMPLETED)
        made = [row for row in rows if row.state == State.MADE and row.made_id in here]
        addresses = _read_addresses(upload, made)
        in_use = _find_used(model, [row.made_id for row in made]) | {
            row.made_id for row in made if _was_changed(here[row.made_id], row, addresses)
        }
        going = [row.made_id for row in made if row.made_id not in in_use]
        if model is Client:
            delete_links(Link.objects.filter(client__in=going), now)
        model.objects.filter(pk__in=going).delete()
        _remove_clients_made_beside(rows, now)
        kept = [str(here[row.made_id]) for row in made if row.made_id in in_use]
        _let_go(upload, kept_ids=in_use)
        upload.applied_at, upload.undone_at = None, now
        upload.save(update_fields=["applied_at", "undone_at"])
        look_again(upload)
        what = f"{upload.name}: {len(going)} removed, {restored} as before, {len(kept)} kept"
        record(workspace_id=upload.workspace_id, act=Act.RECORDS_TAKEN_BACK, who=who, what=what, now=now)
    return TakenBack(len(going), restored, kept)


def _restore(thing: Any, row: UploadRow) -> bool:
    """Give a completed record back what it lacked, where it still is what was written."""
    if thing is None or not row.stood:
        return False
    wrote, stood = row.wrote or {}, row.stood
    same = [name for name in stood if _as_text(getattr(thing, name)) == _as_text(wrote.get(name))]
    for name in same:
        setattr(thing, name, stood[name])
    if same:
        thing.save(update_fields=same)
        tell_of_change(thing)
    return bool(same)


def _read_addresses(upload: Upload, made: Collection[UploadRow]) -> Mapping[int | None, list[dict[str, str]]]:
    found: dict[int | None, list[dict[str, str]]] = defaultdict(list)
    if upload.kind == Kind.CLIENTS:
        parts = ["attention_to", "line_3", "line_4", *ADDRESS]
        held = Address.objects.filter(client__in=[row.made_id for row in made])
        for client_id, *values in held.values_list("client_id", *parts):
            found[client_id].append({part: value for part, value in zip(parts, values, strict=True) if value})
    return found


def _was_changed(thing: Any, row: UploadRow, addresses: Mapping[int | None, list[dict[str, str]]]) -> bool:
    wrote = dict(row.wrote or {})
    address = wrote.pop("address", None)
    return (
        getattr(thing, "archived_at", None) is not None
        or addresses.get(row.made_id, []) != ([address] if address else [])
        or any(
            _as_text(getattr(thing, field.attname)) != _as_text(wrote.get(field.attname, field.get_default()))
            for field in thing._meta.concrete_fields
            if field.attname not in _NOT_SAID and not field.generated
        )
    )


def _find_used(model: Any, ids: Collection[int | None]) -> set[int | None]:
    """Return those that anything points to which a person made; what was linked by proof goes with them."""
    used: set[int | None] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        other = relation.related_model
        if not (relation.auto_created and not relation.concrete) or other is Address:
            continue
        name = relation.field.name
        pointing = other._default_manager.filter(**{f"{name}__in": ids})
        if other in (Link, Decision):
            pointing = pointing.exclude(made_by=None)
        used |= set(pointing.values_list(f"{name}_id", flat=True))
    return used


def _remove_clients_made_beside(rows: Collection[UploadRow], now: datetime) -> None:
    """Remove the clients that were made for people or deals, unless anything is left of or with them."""
    ids = [row.made_client_id for row in rows if row.made_client_id]
    used = _find_used(Client, ids) | set(
        Client.objects.filter(pk__in=ids).exclude(number="", email="", notes="").values_list("pk", flat=True)
    )
    going = [pk for pk in ids if pk not in used]
    delete_links(Link.objects.filter(client__in=going), now)
    Client.objects.filter(pk__in=going).delete()


def _let_go(upload: Upload, *, kept_ids: Collection[int | None]) -> None:
    """Let the lines be lines again; those whose record was kept stay added."""
    going = upload.rows.filter(state__in=[State.MADE, State.COMPLETED, State.LEFT])
    kept = upload.rows.filter(state=State.MADE, made_id__in=[pk for pk in kept_ids if pk])
    going.exclude(pk__in=kept.values("pk")).update(
        state=State.NEW, made_id=None, made_client_id=None, wrote=None, stood=None
    )


def _as_text(value: Any) -> str:
    """Return a value as it compares: amounts by what they come to, everything else as it is written."""
    if value in (None, "", []):
        return ""
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except ArithmeticError:
        return str(value)
