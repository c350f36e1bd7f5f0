"""Organisations, how they are doing, and their syncs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, list_reached, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Page
from counterfoil.features.connections.health import OrganisationHealth, list_health
from counterfoil.features.connections.operations import CannotSync, sync_now
from counterfoil.features.connections.queries import RunPlace, list_run_page
from counterfoil.features.contacts.queries import PAGE_SIZE, Place
from counterfoil.features.workspaces.permissions import Permission

router = Router()


class Organisation(Schema):
    """A connected Xero organisation and how its copy is doing."""

    id: int
    tenant_id: str = Field(description="Xero's id of the organisation")
    name: str
    state: str = Field(examples=["connected"])
    state_words: str = Field(description="The state as people read it")
    sentence: str
    next_step: str
    as_of: datetime | None = Field(description="Up to when everything is known, by Xero's clock")
    mode: str = Field(description="`read_only` or `two_way`")
    time_zone: str
    unreadable_records: int


class StreamOfRun(Schema):
    """One kind of record within a sync."""

    stream: str
    state: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_gone: int
    rows_quarantined: int
    calls: int
    error: str
    next_step: str


class SyncRun(Schema):
    """One sync of an organisation."""

    id: int
    kind: str
    reason: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    sentence: str
    next_step: str
    needs_person: bool
    streams: list[StreamOfRun]


class Asked(Schema):
    """What came of asking for a sync."""

    is_under_way_already: bool = Field(description="Another sync runs; this one begins right after it")


@router.get("organisations", response=Page[Organisation], **needs(Permission.READ))
def list_organisations(request: HttpRequest, cursor: str = "") -> dict[str, Any]:
    """List the connected organisations by name, with how each is doing."""
    place = read_cursor(request, Place, cursor)
    found = sorted(list_reached(request), key=lambda one: (one.name, str(one.pk)))
    if place is not None:
        found = [one for one in found if (one.name, str(one.pk)) > (place.name, place.xero_id)]
    shown = found[:PAGE_SIZE]
    last = Place(shown[-1].name, str(shown[-1].pk)) if len(found) > PAGE_SIZE else None
    rows = [_write(one) for one in list_health(shown, now=timezone.now())]
    return {"data": rows, "next_cursor": write_cursor(request, last)}


@router.get("organisations/{int:organisation_id}", response=Organisation, **needs(Permission.READ))
def show_organisation(request: HttpRequest, organisation_id: int) -> Organisation:
    """Show one organisation and how it is doing."""
    place = find_place(request, organisation_id)
    [found] = list_health([place.organisation], now=place.now)
    return _write(found)


@router.get("organisations/{int:organisation_id}/runs", response=Page[SyncRun], **needs(Permission.READ))
def list_syncs(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the organisation's syncs, the latest first, each with what came of every kind of record."""
    place = find_place(request, organisation_id)
    rows, following = list_run_page(place.organisation, after=read_cursor(request, RunPlace, cursor))
    return {"data": rows, "next_cursor": write_cursor(request, following)}


@router.post("organisations/{int:organisation_id}/syncs", response={202: Asked}, **needs(Permission.WORK))
def start_sync(request: HttpRequest, organisation_id: int) -> Status[Asked]:
    """Ask Xero now for what changed; the sync runs in the background."""
    place = find_place(request, organisation_id)
    try:
        is_busy = sync_now(place.organisation, now=place.now)
    except CannotSync as reason:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, str(reason)) from reason
    return Status(202, Asked(is_under_way_already=is_busy))


def _write(found: OrganisationHealth) -> Organisation:
    health, organisation = found.health, found.organisation
    return Organisation(
        id=organisation.pk,
        tenant_id=organisation.tenant_id,
        name=organisation.name,
        state=health.state.value,
        state_words=health.state.word,
        sentence=health.sentence,
        next_step=health.next_step,
        as_of=found.as_of,
        mode=found.connection.mode,
        time_zone=found.zone.key,
        unreadable_records=found.quarantined,
    )
