"""One customer's conversation: what was said, what is owed, and how they are written to."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.reminding import conversing
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.reminderforms import AnswerForm, ChoiceForm
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_conversation(request: FirmRequest, organisation_id: int, contact_id: str) -> HttpResponse:
    """Show what was said to and by a customer, beside what is still to be paid."""
    organisation = get_current(request)
    assert organisation is not None
    conversation = conversing.read_conversation(organisation, contact_id)
    if conversation is None:
        raise Http404
    choice = conversation.choice
    return render(
        request,
        "reminders/conversation.html",
        {
            "organisation": organisation,
            "conversation": conversation,
            "contact": conversation.contact,
            "choice_form": ChoiceForm(
                initial={"language": choice.language, "is_excluded": choice.is_excluded}
            ),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def play_customer(request: FirmRequest, organisation_id: int, contact_id: str) -> HttpResponse:
    """Answer a message that was only shown, as its reader would."""
    contact = _find(request, contact_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write what the customer answers.")
        return redirect("conversation", organisation_id, contact_id)
    try:
        conversing.answer_as_customer(
            contact.organisation, contact_id, form.cleaned_data["text"], now=timezone.now()
        )
    except conversing.NobodyToAnswer as nobody:
        raise Http404 from nobody
    messages.success(request, "Taken, as if the customer had sent it.")
    return redirect("conversation", organisation_id, contact_id)


@require_POST
@for_people_who_may(Permission.WORK)
def choose_for_contact(request: FirmRequest, organisation_id: int, contact_id: str) -> HttpResponse:
    """Keep a customer's language, and whether they are reminded at all."""
    contact = _find(request, contact_id)
    form = ChoiceForm(request.POST)
    if form.is_valid():
        conversing.choose_for_contact(contact, **form.cleaned_data)
        messages.success(request, "Saved.")
    else:
        messages.error(request, "Write a language as in en, fr or pt-BR.")
    return redirect("conversation", organisation_id, contact_id)


def _find(request: FirmRequest, contact_id: str) -> Contact:
    rows = Contact.objects.select_related("organisation").defer("raw")
    return get_object_or_404(rows, organisation=get_current(request), xero_id=contact_id)
