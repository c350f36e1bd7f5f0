"""What the frame around every page needs to know."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the person's membership for the menu and the page head."""
    return {"membership": getattr(request, "membership", None)}
