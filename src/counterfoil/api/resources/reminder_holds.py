"""What is held back from reminders: promises, disputes and other reasons, and what customers answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import find_client
from counterfoil.api.shapes import Day, Id, Page, XeroId
from counterfoil.domain.reminders.guard import Hold
from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.reminding import conversing, holding, showing
from counterfoil.features.reminding.models import Held, HeldClient, Reply
from counterfoil.features.reminding.replying import decide_reply
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact

router = Router()
_HOME = "organisations/{int:organisation_id}"
# A client that is held is held everywhere, and a reply may be about what another organisation is owed.
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)


@dataclass(frozen=True)
class Place:
    """The row after which a page begins, the latest first."""

    pk: int


class HoldOut(Schema):
    """Reminders that are held back: for one invoice, or for everything of a contact."""

    id: int
    contact_id: str
    invoice_id: str = Field(description="Empty: for everything of the contact")
    hold: str
    until: str | None
    reply_id: int | None
    made_by: str
    made_at: datetime
    ended_at: datetime | None


class ClientHoldOut(Schema):
    """Reminders to a whole client that are held back, whichever contacts in Xero it is."""

    id: int
    client_id: int
    hold: str
    until: str | None
    made_by: str
    made_at: datetime
    ended_at: datetime | None


class Reason(Schema):
    """Why reminders are held back, and until when."""

    hold: Hold = Hold.BY_HAND
    until: Day | None = Field(default=None, description="A promise needs its day")


class HoldIn(Reason):
    """For whom or which invoice reminders are held back, why, and until when."""

    contact_id: XeroId
    invoice_id: str = Field(default="", max_length=50)


class ClientHoldIn(Reason):
    """For which client reminders are held back, why, and until when."""

    client_id: Id


class ChoiceIn(Schema):
    """In which language a customer is written to, and whether at all."""

    language: str = Field(default="", max_length=20, pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")
    is_excluded: bool = False


class ReplyOut(Schema):
    """What a customer answered, what it seems to mean, and what was decided."""

    id: int
    contact_id: str
    contact_name: str
    text: str
    meaning: str = Field(description="What it seems to mean")
    decided: str = Field(description="What it means, as somebody said or as no other word can; else empty")
    received_at: datetime
    decided_at: datetime | None
    holds: list[int] = Field(description="Which holds it made that still stand")


class MeaningIn(Schema):
    """What a reply means, and until when somebody promised to pay."""

    meaning: Meaning
    until: Day | None = None


@router.get(f"{_HOME}/holds", response=Page[HoldOut], **_READING)
def list_holds(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List what is held back, the latest first, with what was until somebody ended it."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = holding.list_page(place.organisation, before=after.pk if after else None)
    following = Place(last) if last is not None else None
    return {"data": [_tell(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(f"{_HOME}/holds", response={201: HoldOut}, **_WORKING)
def hold_back(request: HttpRequest, organisation_id: int, given: HoldIn) -> Status[HoldOut]:
    """Hold reminders back for a customer or one invoice; it acts at once."""
    place = find_place(request, organisation_id)
    about = holding.read_about(place.organisation, f"{given.contact_id}/{given.invoice_id}")
    if about is None:
        raise ApiProblem(
            Problem.NOT_FOUND, "This organisation has no such contact, or it has no such invoice."
        )
    return Status(201, _tell(cast(Held, _hold(request, place, about, given))))


@router.post(_HOME + "/holds/{int:held_id}/end", response=HoldOut, **_WORKING)
def end_hold(request: HttpRequest, organisation_id: int, held_id: int) -> HoldOut:
    """Let reminders go again."""
    place = find_place(request, organisation_id)
    mine = Held.objects.select_related("organisation").filter(organisation=place.organisation, pk=held_id)
    found = mine.first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "Nothing is held back here under this number.")
    holding.end_hold(found, by=who(request), now=place.now)
    found.refresh_from_db()
    return _tell(found)


@router.get(f"{_HOME}/client-holds", response=Page[ClientHoldOut], **_READING)
def list_client_holds(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List which clients are held back, the latest first, with those that were."""
    find_place(request, organisation_id)
    after = read_cursor(request, Place, cursor)
    rows, last = holding.list_client_page(before=after.pk if after else None)
    following = Place(last) if last is not None else None
    return {"data": [_tell_client(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(f"{_HOME}/client-holds", response={201: ClientHoldOut}, **_WORKING)
def hold_client_back(
    request: HttpRequest, organisation_id: int, given: ClientHoldIn
) -> Status[ClientHoldOut]:
    """Hold reminders to a whole client back, from every organisation of the firm; it acts at once."""
    place, client = find_place(request, organisation_id), find_client(given.client_id)
    about = holding.About("", client.name, client=client)
    return Status(201, _tell_client(cast(HeldClient, _hold(request, place, about, given))))


@router.post(_HOME + "/client-holds/{int:heldclient_id}/end", response=ClientHoldOut, **_WORKING)
def end_client_hold(request: HttpRequest, organisation_id: int, heldclient_id: int) -> ClientHoldOut:
    """Let reminders to a client go again."""
    place = find_place(request, organisation_id)
    found = HeldClient.objects.select_related("client").filter(pk=heldclient_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "No client is held back under this number.")
    holding.end_client_hold(found, place.organisation, by=who(request), now=place.now)
    found.refresh_from_db()
    return _tell_client(found)


@router.post(_HOME + "/contacts/{str:xero_id}/reminders", response={204: None}, **_WORKING)
def choose_for_contact(
    request: HttpRequest, organisation_id: int, xero_id: str, given: ChoiceIn
) -> Status[None]:
    """Say in which language a customer is written to, and whether at all."""
    place = find_place(request, organisation_id)
    contact = Contact.objects.filter(organisation=place.organisation, xero_id=xero_id).defer("raw").first()
    if contact is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such contact.")
    conversing.choose_for_contact(contact, **given.dict())
    return Status(204, None)


@router.get(f"{_HOME}/replies", response=Page[ReplyOut], **_READING)
def list_replies(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List what customers answered, the latest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = showing.list_replies(place.organisation, before=after.pk if after else None)
    following = Place(last) if last is not None else None
    return {"data": [_tell_reply(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(_HOME + "/replies/{int:reply_id}/decide", response={204: None}, **_WORKING)
def decide_about_reply(
    request: HttpRequest, organisation_id: int, reply_id: int, given: MeaningIn
) -> Status[None]:
    """Say what a reply means; what it holds back is held."""
    place = find_place(request, organisation_id)
    found = Reply.objects.filter(organisation=place.organisation, pk=reply_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no reply with this number.")
    decide_reply(found, meaning=given.meaning, until=given.until, by=who(request), now=place.now)
    return Status(204, None)


def _hold(request: HttpRequest, place: Where, about: holding.About, given: Reason) -> Held | HeldClient:
    said: dict[str, Any] = {"hold": given.hold, "until": given.until, "by": who(request), "now": place.now}
    return holding.hold_back(place.organisation, about, **said)


def _tell_client(one: HeldClient) -> ClientHoldOut:
    return ClientHoldOut(
        id=one.pk,
        client_id=one.client_id,
        hold=one.hold,
        until=one.until.isoformat() if one.until else None,
        made_by=one.made_by,
        made_at=one.made_at,
        ended_at=one.ended_at,
    )


def _tell(one: Held) -> HoldOut:
    return HoldOut(
        id=one.pk,
        contact_id=one.contact_id,
        invoice_id=one.invoice_id,
        hold=one.hold,
        until=one.until.isoformat() if one.until else None,
        reply_id=one.reply_id,
        made_by=one.made_by,
        made_at=one.made_at,
        ended_at=one.ended_at,
    )


def _tell_reply(row: showing.Answered) -> ReplyOut:
    one = row.reply
    return ReplyOut(
        id=one.pk,
        contact_id=one.contact_id,
        contact_name=row.contact_name,
        text=one.text,
        meaning=one.meaning,
        decided=one.decided,
        received_at=one.received_at,
        decided_at=one.decided_at,
        holds=[held.pk for held in row.holds],
    )
