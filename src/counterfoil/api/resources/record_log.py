"""What changed in Xero's records, and who did what here."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.shapes import Page
from counterfoil.features.history.activity import ChangeQuestion, LoggedChange, Place, list_changes
from counterfoil.features.workspaces.audit import AuditPlace, describe_act, list_entries
from counterfoil.features.workspaces.permissions import Permission

router = Router()


class Asked(Schema):
    """What is asked of the change log; what is left out narrows nothing."""

    stream: str = Field(default="", max_length=40, description="A kind of record", examples=["Invoices"])
    kind: str = Field(default="", max_length=10, description="`created`, `changed`, `gone` or `returned`")
    contact_id: str = Field(default="", max_length=50)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: str = ""


class ChangeOut(Schema):
    """One change of a record in Xero, as Counterfoil learnt of it."""

    id: int
    stream: str
    record_id: str = Field(description="Xero's id")
    record: str = Field(description="What the record is called", examples=["Invoice INV-0042"])
    contact: str
    kind: str
    learnt_at: datetime
    what: str = Field(description="Everything that changed, in sentences")
    effects: list[str] = Field(description="How amounts moved", examples=[["−500.00 GBP owed"]])
    is_in_locked_period: bool


class ActOut(Schema):
    """One thing that somebody did here."""

    id: int
    at: datetime
    who: str
    act: str
    act_words: str
    what: str


@router.get("organisations/{int:organisation_id}/changes", response=Page[ChangeOut], **needs(Permission.READ))
def list_all_changes(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List what changed in the organisation's records, the latest first."""
    place = find_place(request, organisation_id)
    question = ChangeQuestion(
        stream=asked.stream,
        kind=asked.kind,
        contact_id=asked.contact_id,
        since=asked.since,
        until=asked.until,
        after=read_cursor(request, Place, asked.cursor),
    )
    page = list_changes(place.organisation, question, base=place.base_currency)
    rows = [_write(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get("audit", response=Page[ActOut], **needs(Permission.SEE_AUDIT_LOG, of_firm=True))
def list_acts(request: HttpRequest, cursor: str = "") -> dict[str, Any]:
    """List who did what in the firm, the latest first."""
    place = read_cursor(request, AuditPlace, cursor)
    workspace_id: int = request.membership.workspace_id  # type: ignore[attr-defined]  # a ProgramRequest
    page = list_entries(workspace_id=workspace_id, before=place.before if place else None)
    rows = [
        ActOut(
            id=one.pk,
            at=one.at,
            who=one.who_name,
            act=one.act,
            act_words=describe_act(one.act),
            what=one.what,
        )
        for one in page.entries
    ]
    following = AuditPlace(page.next_before) if page.next_before else None
    return {"data": rows, "next_cursor": write_cursor(request, following)}


def _write(change: LoggedChange) -> ChangeOut:
    logged = change.logged
    return ChangeOut(
        id=logged.id,
        stream=logged.stream,
        record_id=logged.xero_id,
        record=change.record.title,
        contact=change.record.contact,
        kind=logged.kind,
        learnt_at=logged.at,
        what=change.told,
        effects=change.effects,
        is_in_locked_period=change.is_locked,
    )
