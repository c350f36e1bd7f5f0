"""To Xero and back, to sign in. This connects no organisation (T9)."""

import structlog
from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.helpers import complete_social_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync.app import AppNotConfigured
from counterfoil.sync.signing_in import begin_sign_in, finish_sign_in
from counterfoil.web.xero_sign_in.adapter import build_login
from counterfoil.web.xero_sign_in.pending import PendingSignIn, remember_sign_in, take_sign_in
from counterfoil.xero.consent import ConsentCancelled, ConsentNotGiven, StateMismatch, parse_callback
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroBroken, XeroBusy, XeroError, XeroUnreachable
from counterfoil.xero.tokens import IdClaims

log = structlog.get_logger(__name__)


@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to Xero to say who is there, or who is to be linked with the person signed in."""
    is_linking = request.POST.get("process") == "connect" and request.user.is_authenticated
    answer: HttpResponse = _link(request) if is_linking else _ask(request, process="login")
    return answer


@never_cache
@require_GET
def receive(request: HttpRequest) -> HttpResponse:
    """Take Xero's answer, once, and sign in, sign up or link."""
    now, state = timezone.now(), request.GET.get("state", "")
    begun = take_sign_in(request.session, state, now=now)
    try:
        if begun is None:
            parse_callback(request.GET.dict(), "")  # nothing was asked: says why it is refused
            raise StateMismatch
        if begun["process"] == "connect" and begun["person"] != request.user.pk:
            raise StateMismatch  # somebody else signed in meanwhile
        claims = finish_sign_in(
            request.GET.dict(),
            client_id=begun["client_id"],
            state=state,
            verifier=begun["verifier"],
            nonce=begun["nonce"],
            now=now,
        )
    except (XeroError, AppNotConfigured) as error:
        return _explain(request, error)
    login = build_login(request, _as_data(claims), _as_state(begun))
    answer: HttpResponse = complete_social_login(request, login)
    return answer


@reauthentication_required(app="allauth.socialaccount")  # type: ignore[untyped-decorator]  # allauth ships no types
def _link(request: HttpRequest) -> HttpResponse:
    """Link only for somebody who has just shown who they are: whoever is linked can sign in for good."""
    return _ask(request, process="connect")


def _ask(request: HttpRequest, *, process: str) -> HttpResponse:
    try:
        question = begin_sign_in()
    except AppNotConfigured:
        return redirect("account_login")
    remember_sign_in(
        request.session,
        question,
        process=process,
        next_page=_read_next(request),
        person=request.user.pk,
        now=timezone.now(),
    )
    return redirect(question.address)


def _read_next(request: HttpRequest) -> str:
    """Return the page to go to afterwards, if it is one of ours."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None, require_https=request.is_secure())
    return asked if is_ours and asked.startswith("/") else ""


def _as_data(claims: IdClaims) -> dict[str, str]:
    return {
        "xero_userid": claims.xero_userid,
        "email": claims.email or "",
        "first_name": (claims.given_name or "")[:150],
        "last_name": (claims.family_name or "")[:150],
    }


def _as_state(begun: PendingSignIn) -> dict[str, str]:
    state = {"process": begun["process"]}
    return state | {"next": begun["next"]} if begun["next"] else state


def _explain(request: HttpRequest, error: XeroError | AppNotConfigured) -> HttpResponse:
    """Say what happened and offer the one thing to do next."""
    log.info("sign-in at Xero did not succeed", kind=type(error).__name__, error=str(error))
    details = {
        "title": _title(error),
        "happened": error.sentence if isinstance(error, XeroError) else str(error),
        "is_for_operator": isinstance(error, AppRefused | AppNotConfigured),
    }
    return render(request, "socialaccount/not_signed_in.html", details, status=_status(error))


def _title(error: XeroError | AppNotConfigured) -> str:
    match error:
        case ConsentCancelled():
            return "You cancelled in Xero"
        case StateMismatch():
            return "This sign-in has expired"
        case ConsentNotGiven():
            return "Xero did not sign you in"
        case ConsentLost():
            return "The confirmation was used or is too old"
        case AppRefused() | AppNotConfigured():
            return "Signing in with Xero is not set up right"
        case XeroUnreachable():
            return "Xero did not answer"
        case XeroBusy() | XeroBroken():
            return "Xero cannot sign you in just now"
        case _:
            return "Xero’s answer was not accepted"


def _status(error: XeroError | AppNotConfigured) -> int:
    is_elsewhere = isinstance(error, XeroUnreachable | XeroBroken | XeroBusy | AppRefused | AppNotConfigured)
    return 424 if is_elsewhere else 400
