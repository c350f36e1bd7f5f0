"""People: one's own sign-in, and the people of the firm."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
@login_required
def show_security(request: HttpRequest) -> HttpResponse:
    """Show how this person signs in; it is theirs alone and needs no firm."""
    linked = SocialAccount.objects.filter(user=request.user.pk)
    return render(request, "settings/security.html", {"linked": linked})
