"""Writing a campaign: its audience and its words, and what both come to while they are typed."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from counterfoil.features.lists.models import SavedView
from counterfoil.features.lists.queries import list_views
from counterfoil.features.reminding import campaigning
from counterfoil.features.reminding.audience import write_asks
from counterfoil.features.reminding.models import Campaign
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.features.reminding.weighing import weigh_audience, weigh_text
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.reminderforms import FIRST_WORDS, KEPT_VIEW, CampaignForm, StepForms, read_steps
from counterfoil.web.reminding import find_campaign, get_organisation
from counterfoil.web.requests import FirmRequest
from counterfoil.web.views.invoices import read_question

_NINE = time(9)
_PAGE = "invoices"


@dataclass
class _Writing:
    """A campaign as it is typed: kept already or not, its form, and its steps."""

    organisation: Organisation
    campaign: Campaign | None
    form: CampaignForm
    steps: Any
    views: list[SavedView]

    @property
    def typed(self) -> Campaign:
        """The campaign with what was typed, not saved."""
        campaign: Campaign = self.form.save(commit=False) if self.form.is_bound else self.form.instance
        chosen = self.form.cleaned_data["view"] if self.form.is_bound else KEPT_VIEW
        view = next((view for view in self.views if str(view.pk) == chosen), None)
        if view is not None:
            question = read_question(QueryDict(view.query), "sales")
            campaign.view_name, campaign.view_asks = view.name, write_asks(question)
        elif chosen != KEPT_VIEW:
            campaign.view_name, campaign.view_asks = "", {}
        return campaign


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_campaign(request: FirmRequest, organisation_id: int, campaign_id: int | None = None) -> HttpResponse:
    """Compose a campaign, or change one that does not send."""
    writing, problem = _read(request, campaign_id), ""
    if request.method == "POST" and writing.form.is_valid() and writing.steps.is_valid():
        try:
            saved = campaigning.save_campaign(
                writing.typed, says=read_steps(writing.steps), by=request.user, now=timezone.now()
            )
        except ValidationError as wrong:
            problem = " ".join(wrong.messages)
        except campaigning.CannotChange as wrong:
            problem = str(wrong)
        else:
            return redirect("campaign", organisation_id, saved.pk)
    has_failed = request.method == "POST"
    return render(
        request,
        "reminders/compose.html",
        {"problem": problem, **_weigh(writing)},
        status=422 if has_failed else 200,
    )


@require_POST
@for_people_who_may(Permission.WORK)
def weigh_campaign(
    request: FirmRequest, organisation_id: int, campaign_id: int | None = None
) -> HttpResponse:
    """Show how what is typed at this moment is cut, what it costs, and whom it reaches; nothing is kept."""
    return render(
        request, "reminders/_weighed.html", {"is_fragment": True, **_weigh(_read(request, campaign_id))}
    )


def _read(request: FirmRequest, campaign_id: int | None) -> _Writing:
    organisation = get_organisation(request)
    campaign = find_campaign(organisation, campaign_id) if campaign_id else None
    sent = request.POST if request.method == "POST" else None
    instance = campaign or Campaign(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        send_at=_NINE,
        name="Overdue invoices",
    )
    views = list_views(request.user, _PAGE)
    return _Writing(
        organisation,
        campaign,
        CampaignForm(sent, instance=instance, organisation=organisation, views=views),
        StepForms(sent, prefix="step", initial=_list_steps(campaign)),
        views,
    )


def _weigh(writing: _Writing) -> dict[str, Any]:
    """Return what the page shows: the forms, how each text is cut, and the audience if it can be told yet."""
    organisation, now = writing.organisation, timezone.now()
    owner = describe_owner(organisation, now=now)
    channel = writing.form["channel"].value()
    for version in (version for step in writing.steps for version in step.versions):
        text = version["text"].value()
        version.weighed = weigh_text(owner, text, channel=channel) if text else None
    audience = None
    if not writing.form.is_bound or writing.form.is_valid():
        renew_reach(organisation, now=now)
        says = read_steps(writing.steps) if writing.form.is_bound else _list_says(writing.steps)
        audience = weigh_audience(owner, writing.typed, says)
    return {
        "organisation": organisation,
        "campaign": writing.campaign,
        "form": writing.form,
        "steps": writing.steps,
        "audience": audience,
    }


def _list_says(steps: Any) -> list[campaigning.Says]:
    """Return the words that the page begins with."""
    return [
        campaigning.Says(step["days"], said["language"], said["text"])
        for step in steps.initial
        for said in step["versions"]
    ]


def _list_steps(campaign: Campaign | None) -> list[dict[str, Any]]:
    """Return the steps as the page begins with them, the version that others fall back to first."""
    if campaign is None:
        return [{"days": 3, "versions": [{"language": "en", "text": FIRST_WORDS}]}]
    return [
        {
            "days": step.days,
            "versions": [
                {"language": one.language, "subject": one.subject, "text": one.text}
                for one in sorted(step.wordings.all(), key=lambda one: one.language != campaign.language)
            ],
        }
        for step in campaign.steps.prefetch_related("wordings")
    ]
