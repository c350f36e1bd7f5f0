"""Campaigns written and looked ahead at: whom they remind, in which words, and what would leave when."""

from datetime import datetime, time
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import Field

from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.reminders import WholeCampaign, find_campaign, router, tell_whole
from counterfoil.api.shapes import Currency, Day, Digits, XeroId, read_digits
from counterfoil.domain.reminders.templates import TemplateProblem
from counterfoil.features.reminding import campaigning, showing
from counterfoil.features.reminding.models import Campaign, Channel
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import ContactGroup

# What is read and what is posted at one address belongs to one router, which is that of reading.
__all__ = ["router"]
_HOME = "organisations/{int:organisation_id}/campaigns"
_WORKING = needs(Permission.WORK)
_EMPTIED = {"broadcast_on", "least", "most"}  # what null takes away
_Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
_Tag = Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]
_NINE = time(9)


class StepIn(Schema):
    """What is said so many days after the due date, before it when negative, in one language."""

    days: int = Field(ge=-90, le=365)
    language: _Language = "en"
    subject: str = Field(default="", max_length=200, description="For e-mail")
    text: str = Field(
        min_length=1, max_length=1600, pattern=r"\S", description="With fields, as in {invoice}"
    )


class CampaignChange(Schema):
    """What is to be otherwise about a campaign; what is not sent stays, and steps come all or not at all."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    kind: Campaign.Kind | None = None
    broadcast_on: Day | None = None
    channel: Channel | None = None
    send_at: str | None = Field(default=None, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])
    language: _Language | None = None
    group_ids: Annotated[list[XeroId], Field(max_length=100)] | None = None
    excluded_group_ids: Annotated[list[XeroId], Field(max_length=100)] | None = None
    client_tags: Annotated[list[_Tag], Field(max_length=50)] | None = None
    currency: Currency | None = None
    least: Digits | None = None
    most: Digits | None = None
    steps: Annotated[list[StepIn], Field(min_length=1, max_length=60)] | None = None


class CampaignIn(CampaignChange):
    """A new campaign, which sends nothing until it is activated."""

    name: str = Field(min_length=1, max_length=200)
    steps: Annotated[list[StepIn], Field(min_length=1, max_length=60)]


class ShownMessage(Schema):
    """A message as it would leave, and what keeps it back if anything does."""

    contact_id: str
    text: str
    leaves: bool
    why: str


class LeftOut(Schema):
    """Why so many are left out."""

    why: str
    messages: int


class DayOut(Schema):
    """What a campaign has to say on a day."""

    day: str
    planned_at: datetime
    total: int
    looked_at: int = Field(description="Of a large audience, the first so many")
    leaving: int
    left_out: list[LeftOut]
    messages: list[ShownMessage] = Field(description="The first twenty")


class CampaignPreviewOut(Schema):
    """The days to come on which a campaign has something to say, if nothing changes."""

    days: list[DayOut]


@router.post(_HOME, response={201: WholeCampaign}, **_WORKING)
def write_campaign(request: HttpRequest, organisation_id: int, given: CampaignIn) -> Status[WholeCampaign]:
    """Write a campaign; it is off until somebody activates it."""
    place = find_place(request, organisation_id)
    campaign = Campaign(
        organisation=place.organisation, workspace_id=place.organisation.workspace_id, send_at=_NINE
    )
    return Status(201, _save(request, place, campaign, given))


@router.post(_HOME + "/{int:campaign_id}", response=WholeCampaign, **_WORKING)
def change_campaign(
    request: HttpRequest, organisation_id: int, campaign_id: int, given: CampaignChange
) -> WholeCampaign:
    """Change a campaign that does not send."""
    place = find_place(request, organisation_id)
    return _save(request, place, find_campaign(place, campaign_id), given)


@router.get(_HOME + "/{int:campaign_id}/preview", response=CampaignPreviewOut, **needs(Permission.READ))
def preview_campaign(request: HttpRequest, organisation_id: int, campaign_id: int) -> CampaignPreviewOut:
    """Show what a campaign will say on the days to come, in the exact words, and who is left out and why."""
    place = find_place(request, organisation_id)
    campaign = find_campaign(place, campaign_id)
    if campaign.state == Campaign.State.ARCHIVED:
        return CampaignPreviewOut(days=[])
    return CampaignPreviewOut(days=[_tell_day(day) for day in showing.preview(campaign, now=place.now)])


def _save(request: HttpRequest, place: Where, campaign: Campaign, given: CampaignChange) -> WholeCampaign:
    for name, value in _read(place, given).items():
        setattr(campaign, name, value)
    steps = given.steps
    says = _list_says(campaign) if steps is None else [campaigning.Says(**one.dict()) for one in steps]
    if len({(one.days, one.language) for one in says}) != len(says):
        raise _wrong("steps", "Two steps have the same day and language.")
    try:
        saved = campaigning.save_campaign(campaign, says=says, by=who(request), now=place.now)
    except TemplateProblem as problem:
        raise _wrong("steps", str(problem)) from problem
    return tell_whole(place, saved.pk)


def _read(place: Where, given: CampaignChange) -> dict[str, Any]:
    sent = given.dict(exclude_unset=True, exclude={"steps"})
    fields = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    for name in ("least", "most"):
        if name in fields:
            fields[name] = read_digits(fields[name])
    if "send_at" in fields:
        fields["send_at"] = time.fromisoformat(fields["send_at"])
    if "client_tags" in fields:
        fields["client_tags"] = list(dict.fromkeys(tag.strip() for tag in fields["client_tags"]))
    for name in ("group_ids", "excluded_group_ids"):
        wanted = set(fields.get(name, ()))
        mine = ContactGroup.objects.filter(organisation=place.organisation, gone_at=None)
        if wanted and mine.filter(xero_id__in=wanted).count() != len(wanted):
            raise _wrong(name, "This organisation has no such contact group.")
    return fields


def _list_says(campaign: Campaign) -> list[campaigning.Says]:
    return [
        campaigning.Says(step.days, one.language, one.text, one.subject)
        for step in campaign.steps.prefetch_related("wordings")
        for one in step.wordings.all()
    ]


def _tell_day(day: showing.Day) -> DayOut:
    return DayOut(
        day=day.day.isoformat(),
        planned_at=day.planned_at,
        total=day.total,
        looked_at=day.looked_at,
        leaving=day.leaving,
        left_out=[LeftOut(why=why, messages=count) for why, count in day.left_out],
        messages=[
            ShownMessage(
                contact_id=one.prepared.draft.contact_id,
                text=one.prepared.text,
                leaves=one.leaves,
                why=one.words,
            )
            for one in day.messages
        ],
    )


def _wrong(where: str, what: str) -> ApiProblem:
    return ApiProblem(Problem.NOT_VALID, errors=[{"where": where, "what": what}])
