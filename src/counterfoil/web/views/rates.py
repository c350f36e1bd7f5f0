"""Rate cards: what an hour of each role is billed at, or costs the firm, and from which day on."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.billing import rating
from counterfoil.features.billing.entered import list_roles
from counterfoil.features.billing.models import Rate, RateCard
from counterfoil.features.billing.refusing import NotPossible
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.invoicing.books import read_books
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_day
from counterfoil.web.requests import FirmRequest
from counterfoil.web.typed import is_billable_day, read_number


class CardForm(forms.Form):
    """What a card is called, what it is for, and in which currency."""

    name = forms.CharField(max_length=100, label="Name")
    kind = forms.ChoiceField(label="What it says", choices=RateCard.Kind.choices)
    currency = forms.RegexField(
        "^[A-Za-z]{3}$",
        max_length=3,
        help_text="Three letters, as in GBP.",
        error_messages={"invalid": "A currency has three letters, as in GBP."},
    )

    def clean_name(self) -> str:
        """Refuse a name that another card has."""
        name = str(self.cleaned_data["name"])
        if RateCard.objects.filter(name=name).exists():
            raise forms.ValidationError("Another rate card has this name already.")
        return name


@require_GET
@for_firm
def show_cards(request: FirmRequest) -> HttpResponse:
    """List the rate cards with what they say today."""
    cards = RateCard.objects.prefetch_related("rates").order_by("archived_at", "name")
    return render(request, "time/cards.html", {"cards": cards})


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_card(request: FirmRequest) -> HttpResponse:
    """Begin a rate card."""
    books = read_books([one.pk for one in list_connected()])
    currency = next((one.base_currency for one in books.values() if one.base_currency), "GBP")
    form = CardForm(request.POST if request.method == "POST" else None, initial={"currency": currency})
    if form.is_valid():
        said = form.cleaned_data
        card = rating.begin_card(
            request.membership.workspace_id,
            name=said["name"],
            kind=said["kind"],
            currency=said["currency"].upper(),
            now=timezone.now(),
        )
        return redirect("rate_card", card.pk)
    return render(request, "time/card_form.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@for_firm
def show_card(request: FirmRequest, card_id: int) -> HttpResponse:
    """Show a card with every rate, by role and day."""
    card = get_object_or_404(RateCard, pk=card_id)
    rates = card.rates.order_by("role", "-since")
    return render(request, "time/card.html", {"card": card, "rates": rates, "roles": list_roles()})


@require_POST
@for_people_who_may(Permission.WORK)
def set_rate(request: FirmRequest, card_id: int) -> HttpResponse:
    """Set what an hour of a role is worth from a day on."""
    card = get_object_or_404(RateCard, pk=card_id)
    since, role = read_day(request.POST, "since"), request.POST.get("role", "").strip()
    try:
        amount = read_number(request.POST.get("amount", ""))
    except ValueError as problem:
        messages.error(request, str(problem))
        return redirect("rate_card", card_id)
    if amount is None or since is None or not is_billable_day(since) or len(role) > 100:
        messages.error(request, "Say from which day, and what an hour is worth then, as in 95.00.")
        return redirect("rate_card", card_id)
    try:
        rating.set_rate(card, role=role, since=since, amount=amount)
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "The rate is kept. What was billed stays as it is.")
    return redirect("rate_card", card_id)


@require_POST
@for_people_who_may(Permission.WORK)
def drop_rate(request: FirmRequest, card_id: int, rate_id: int) -> HttpResponse:
    """Take a rate away."""
    rating.drop_rate(get_object_or_404(Rate, card=card_id, pk=rate_id))
    messages.success(request, "The rate is taken away. What was billed stays as it is.")
    return redirect("rate_card", card_id)


@require_POST
@for_people_who_may(Permission.WORK)
def archive_card(request: FirmRequest, card_id: int) -> HttpResponse:
    """Put a card away, or take it out of the archive."""
    card = get_object_or_404(RateCard, pk=card_id)
    try:
        rating.archive_card(card, now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("rate_card", card_id)
