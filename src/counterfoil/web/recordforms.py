"""One way to create and change a record by a form: what is wrong is shown beside it, and nothing is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.web.requests import FirmRequest


@dataclass(frozen=True)
class Sheet:
    """What stands around a form: its title, the way back, and what is said once it is saved."""

    title: str
    back: str
    back_to: str
    said: str = "Saved."


def edit_record(
    request: FirmRequest,
    form: "ModelForm[Any]",
    sheet: Sheet,
    *,
    save: Callable[[Mapping[str, Any]], Model],
    page: str,
) -> HttpResponse:
    """Show the form, or save what was sent and go to the record's `page`."""
    if form.is_valid():
        try:
            record = save(form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, sheet.said)
            return redirect(page, record.pk)
    status = 422 if form.errors else 200
    return render(
        request,
        "clients/form.html",
        {"form": form, "title": sheet.title, "back": sheet.back, "back_to": sheet.back_to},
        status=status,
    )
