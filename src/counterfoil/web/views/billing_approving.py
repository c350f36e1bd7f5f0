"""Approving all invoices of a run at once, after looking at what they come to."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.features.billing.approving import ChangedSince, approve_waiting, list_waiting
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.standing import Stand
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.sync.rights import NotTwoWay
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.requests import FirmRequest

_SHOWN = 200


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.APPROVE)
def approve_run(request: FirmRequest, run_id: int) -> HttpResponse:
    """Show how many invoices wait and what they come to by currency, and approve exactly those."""
    run = get_object_or_404(BillingRun.objects.select_related("organisation"), pk=run_id)
    if request.method == "POST":
        try:
            count = approve_waiting(
                run, shown=request.POST.get("shown", ""), who=request.user, now=timezone.now()
            )
        except (ChangedSince, NotTwoWay) as reason:
            messages.warning(request, str(reason))
            return redirect("billing_approve", run.pk)
        said = "One invoice is" if count == 1 else f"{count:,} invoices are"
        messages.success(request, f"{said} approved, and on the way to Xero.")
        return redirect(f"{reverse('billing_run', args=[run.pk])}?show={Stand.PUSHED.value}")
    waiting = list_waiting(run)
    return render(
        request,
        "billing_runs/approve.html",
        {
            "run": run,
            "waiting": waiting,
            "shown": waiting.invoices[:_SHOWN],
            "others": len(waiting.invoices[_SHOWN:]),
        },
    )
