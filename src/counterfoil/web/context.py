"""What the frame around every page needs to know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from counterfoil.features.workspaces.permissions import Permission
from counterfoil.sync.signing_in import find_sign_in_app
from counterfoil.web.menu import MENU


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the person, the organisation in view, and the menu."""
    found, membership = request.resolver_match, getattr(request, "membership", None)
    return {
        "membership": membership,
        "memberships": getattr(request, "memberships", []),
        "may_work": membership is not None and membership.may(Permission.WORK),
        "standing": getattr(request, "standing", None),
        "menu": MENU,
        "page_name": found.url_name if found else "",
        "can_sign_in_with_xero": _can_sign_in_with_xero,
        "has_mail": settings.COUNTERFOIL_HAS_MAIL,
        "is_demo": settings.COUNTERFOIL_DEMO,
    }


def _can_sign_in_with_xero() -> bool:
    """Say whether there is an app to sign in with; asked only by the pages that offer it."""
    return find_sign_in_app() is not None
