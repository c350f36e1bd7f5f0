"""Reminders: campaigns and the switch that stops them all, what left, and who wants no messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Page, write_number
from counterfoil.domain.reminders.guard import Why
from counterfoil.domain.reminders.reasons import say_why
from counterfoil.features.reminding import campaigning, showing, wishing
from counterfoil.features.reminding.models import Campaign, LedgerEntry, Message
from counterfoil.features.reminding.tasks import request_reminders
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}"
_READING = needs(Permission.READ)
_WORKING = needs(Permission.WORK)


@dataclass(frozen=True)
class Place:
    """The row after which a page begins, the latest first."""

    pk: int


class CampaignOut(Schema):
    """A campaign, and how many of its messages stand where."""

    id: int
    name: str
    kind: str
    channel: str
    state: str
    state_because: str
    send_at: str = Field(description="As clocks show it where the organisation is")
    sent: int
    not_sent: int
    waiting: int


class CampaignStepOut(Schema):
    """What is said so many days after the due date, before it when negative."""

    days: int
    language: str
    subject: str
    text: str


class WholeCampaign(CampaignOut):
    """A campaign with whom it reminds, its words, and what has to be done before it can send."""

    broadcast_on: str | None
    language: str = Field(description="Of readers of whom none is known")
    group_ids: list[str]
    excluded_group_ids: list[str]
    client_tags: list[str]
    currency: str
    least: str | None
    most: str | None
    view_name: str = Field(description="The kept view of the invoices that it is about, if it is")
    steps: list[CampaignStepOut]
    problems: list[str]


class AllPaused(Schema):
    """Whether the one switch stops every reminder of the organisation."""

    is_all_paused: bool


class MessageOut(Schema):
    """One message that left, is to leave, or did not leave and why."""

    id: int
    campaign_id: int
    contact_id: str
    channel: str
    state: str
    why: str = Field(description="Why it did not leave")
    planned_at: datetime


class OptOutIn(Schema):
    """Who wants no messages, and how that is known here; only that person takes it back."""

    address: str = Field(min_length=3, max_length=254, description="A mobile number or an e-mail address")
    note: str = Field(min_length=1, max_length=255, pattern=r"\S")
    is_for_all: bool = Field(default=True, description="From all organisations of the firm")


class OptOutOut(Schema):
    """What somebody said, or was said of them; the number or address itself is not kept."""

    id: int
    channel: str
    act: str
    source: str
    note: str
    at: datetime
    who: str
    is_for_all: bool
    contact_id: str = Field(description="Who it is, where a contact has the number or address")


@router.get(f"{_HOME}/campaigns", response=Page[CampaignOut], **_READING)
def list_campaigns(request: HttpRequest, organisation_id: int) -> dict[str, Any]:
    """List the organisation's campaigns, those that send first."""
    place = find_place(request, organisation_id)
    rows = showing.list_campaigns(place.organisation)
    return {"data": [CampaignOut(**_tell(row)) for row in rows], "next_cursor": None}


@router.get(_HOME + "/campaigns/{int:campaign_id}", response=WholeCampaign, **_READING)
def show_campaign(request: HttpRequest, organisation_id: int, campaign_id: int) -> WholeCampaign:
    """Show one campaign with its words."""
    return tell_whole(find_place(request, organisation_id), campaign_id)


@router.post(_HOME + "/campaigns/{int:campaign_id}/pause", response=WholeCampaign, **_WORKING)
def pause(request: HttpRequest, organisation_id: int, campaign_id: int) -> WholeCampaign:
    """Let nothing more of a campaign leave."""
    place = find_place(request, organisation_id)
    campaigning.pause(find_campaign(place, campaign_id), by=who(request), now=place.now)
    return tell_whole(place, campaign_id)


@router.post(_HOME + "/campaigns/{int:campaign_id}/activate", response=WholeCampaign, **_WORKING)
def activate(request: HttpRequest, organisation_id: int, campaign_id: int) -> WholeCampaign:
    """Let a campaign send from now on; nothing of an earlier day is made up for."""
    place = find_place(request, organisation_id)
    campaigning.activate(find_campaign(place, campaign_id), by=who(request), now=place.now)
    request_reminders(place.organisation.pk)
    return tell_whole(place, campaign_id)


@router.post(_HOME + "/campaigns/{int:campaign_id}/archive", response=WholeCampaign, **_WORKING)
def archive(request: HttpRequest, organisation_id: int, campaign_id: int) -> WholeCampaign:
    """End a campaign for good; what it sent stays to be read."""
    place = find_place(request, organisation_id)
    campaigning.archive(find_campaign(place, campaign_id), by=who(request), now=place.now)
    return tell_whole(place, campaign_id)


@router.get(f"{_HOME}/reminders", response=AllPaused, **_READING)
def show_switch(request: HttpRequest, organisation_id: int) -> AllPaused:
    """Say whether every reminder of the organisation is stopped."""
    place = find_place(request, organisation_id)
    return AllPaused(is_all_paused=showing.is_all_paused(place.organisation))


@router.post(f"{_HOME}/reminders/pause", response=AllPaused, **_WORKING)
def pause_all(request: HttpRequest, organisation_id: int) -> AllPaused:
    """One switch: no reminder of the organisation leaves until they are let go again."""
    place = find_place(request, organisation_id)
    campaigning.pause_all(place.organisation, by=who(request), now=place.now)
    return AllPaused(is_all_paused=True)


@router.post(f"{_HOME}/reminders/resume", response=AllPaused, **_WORKING)
def resume_all(request: HttpRequest, organisation_id: int) -> AllPaused:
    """Let reminders go again; each is looked at as it stands then."""
    place = find_place(request, organisation_id)
    campaigning.resume_all(place.organisation, by=who(request), now=place.now)
    return AllPaused(is_all_paused=False)


@router.get(f"{_HOME}/messages", response=Page[MessageOut], **_READING)
def list_messages(
    request: HttpRequest, organisation_id: int, state: Message.State | None = None, cursor: str = ""
) -> dict[str, Any]:
    """List what left and what did not, the latest first, each with its reason."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, before = showing.list_messages(
        place.organisation, state=state.value if state else "", before=after.pk if after else None
    )
    following = Place(before) if before else None
    return {"data": [_tell_message(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.get(f"{_HOME}/opt-outs", response=Page[OptOutOut], **needs(Permission.READ, of_firm=True))
def list_opt_outs(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List what people said about messages, the latest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, before = wishing.list_latest(place.organisation, before=after.pk if after else None)
    following = Place(before) if before else None
    return {"data": [_tell_wish(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(f"{_HOME}/opt-outs", response={201: OptOutOut}, **needs(Permission.WORK, of_firm=True))
def note_opt_out(request: HttpRequest, organisation_id: int, given: OptOutIn) -> Status[OptOutOut]:
    """Note that somebody wants no messages; it acts at once."""
    place = find_place(request, organisation_id)
    try:
        somebody = wishing.read_address(place.organisation, given.address, now=place.now)
    except wishing.NoAddress as wrong:
        raise ApiProblem(Problem.NOT_VALID, errors=[{"where": "address", "what": str(wrong)}]) from wrong
    wish = wishing.Wish(
        act=LedgerEntry.Act.STOPPED, at=place.now, note=given.note, is_for_all=given.is_for_all
    )
    entry = wishing.note_wish(place.organisation, somebody, wish, by=who(request), now=place.now)
    return Status(201, _tell_wish(wishing.Entry(entry, "", "")))


def find_campaign(place: Where, campaign_id: int) -> Campaign:
    """Return a campaign of the organisation. Raises ApiProblem."""
    mine = Campaign.objects.select_related("organisation").filter(organisation=place.organisation)
    found = mine.filter(pk=campaign_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no campaign with this number.")
    return found


def tell_whole(place: Where, campaign_id: int) -> WholeCampaign:
    """Return a campaign as it is answered whole."""
    campaign = find_campaign(place, campaign_id)
    [row] = [one for one in showing.list_campaigns(place.organisation) if one.campaign.pk == campaign.pk]
    is_over = campaign.state == Campaign.State.ARCHIVED
    return WholeCampaign(
        **_tell(row),
        broadcast_on=campaign.broadcast_on.isoformat() if campaign.broadcast_on else None,
        language=campaign.language,
        group_ids=campaign.group_ids,
        excluded_group_ids=campaign.excluded_group_ids,
        client_tags=campaign.client_tags,
        currency=campaign.currency,
        least=None if campaign.least is None else write_number(campaign.least),
        most=None if campaign.most is None else write_number(campaign.most),
        view_name=campaign.view_name,
        steps=[
            CampaignStepOut(days=step.days, language=one.language, subject=one.subject, text=one.text)
            for step in campaign.steps.prefetch_related("wordings")
            for one in step.wordings.all()
        ],
        problems=[] if is_over else campaigning.list_problems(campaign),
    )


def _tell(row: showing.Row) -> dict[str, Any]:
    one = row.campaign
    return {
        "id": one.pk,
        "name": one.name,
        "kind": one.kind,
        "channel": one.channel,
        "state": one.state,
        "state_because": one.state_because,
        "send_at": one.send_at.isoformat("minutes"),
        "sent": row.sent,
        "not_sent": row.not_sent,
        "waiting": row.waiting,
    }


def _tell_message(one: Message) -> MessageOut:
    return MessageOut(
        id=one.pk,
        campaign_id=one.campaign_id,
        contact_id=one.contact_id,
        channel=one.channel,
        state=one.state,
        why=say_why(Why(one.why), one.said) if one.why else "",
        planned_at=one.planned_at,
    )


def _tell_wish(said: wishing.Entry) -> OptOutOut:
    one = said.entry
    return OptOutOut(
        id=one.pk,
        channel=one.channel,
        act=one.act,
        source=one.source,
        note=one.note,
        at=one.at,
        who=one.who,
        is_for_all=not one.sender,
        contact_id=said.contact_id,
    )
