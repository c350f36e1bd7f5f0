"""Adding a tax rate to an organisation in Xero."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.invoicing.recording import find_why_not
from counterfoil.features.invoicing.taxing import (
    CannotAddTaxRate,
    ReportedAs,
    add_tax_rate,
    list_reported,
    list_underway,
)
from counterfoil.features.outbox.queries import name_in
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.sync.rights import NotTwoWay
from counterfoil.web.guards import for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.wishes import NewTaxRate


class TaxRateForm(forms.Form):
    """A tax rate of one part."""

    asked = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name", max_length=50, help_text="As it will stand on lists in Xero, such as 15% Hospitality."
    )
    percent = forms.DecimalField(
        label="Rate in percent",
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(100),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reported = forms.ChoiceField(label="Reported in the return as")

    def __init__(self, *args: Any, reported: Sequence[ReportedAs], **settings: Any):
        super().__init__(*args, **settings)
        if not reported:
            del self.fields["reported"]
            return
        choice = self.fields["reported"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "Choose")] + [
            (one.report_tax_type, f"{one.example} ({one.report_tax_type})") for one in reported
        ]


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.CONFIGURE)
def new_tax_rate(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask for a tax rate, and put it into the outbox."""
    organisation = get_current(request)
    if organisation is None:
        raise Http404("No such organisation is connected.")
    form = TaxRateForm(
        request.POST if request.method == "POST" else None,
        initial={"asked": uuid4()},
        reported=list_reported(organisation),
    )
    if form.is_valid():
        said = form.cleaned_data
        try:
            operation = add_tax_rate(
                organisation,
                name=said["name"],
                percent=said["percent"],
                report_tax_type=said.get("reported"),
                asked=str(said["asked"]),
                by=request.user,
                now=timezone.now(),
            )
        except (CannotAddTaxRate, NotTwoWay) as refusal:
            form.add_error(None, str(refusal))
        else:
            waits = operation.status is OutboxState.WAITING
            messages.success(
                request,
                "It waits in the outbox to be approved." if waits else "It is on its way to Xero.",
            )
            return redirect("new_tax_rate", organisation.pk)
    told = {
        "organisation": organisation,
        "form": form,
        "why_not": find_why_not(organisation, NewTaxRate),
        "underway": [(one, name_in(one)) for one in list_underway(organisation)],
    }
    return render(request, "mappings/tax_rate.html", told, status=422 if form.is_bound else 200)
