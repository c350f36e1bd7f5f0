"""Sign-in, consent, and the error pages that never lead back to the app (FACTS 1.2)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xero_sandbox.identity.state import CODE_LIFE_S, App, Code
from xero_sandbox.pages.templates import render
from xero_sandbox.wire.forms import Form, read_form
from xero_sandbox.wire.scopes import BROAD_SCOPES, BROAD_UNTIL, describe_scope, is_granular
from xero_sandbox.world import World

# The consent page must be a top-level page, never a frame.
_NO_FRAMES = {"content-security-policy": "frame-ancestors 'none'", "x-frame-options": "DENY"}


MFA_CODE = "123456"
_STEPS = ("sign-in", "mfa", "new-device")
_UNCERTIFIED_APPS = 2


class AuthorizeRefused(ValueError):
    """The app's own mistake: shown on Xero's page, never sent back to the app."""

    def __init__(self, error: str, detail: str) -> None:
        self.error, self.detail = error, detail
        super().__init__(f"{error}: {detail}")


@dataclass(frozen=True)
class AuthorizeRequest:
    """A consent that an app asks for, checked."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    challenge: str | None
    nonce: str | None
    several: bool


def read_request(world: World, params: Mapping[str, str]) -> AuthorizeRequest:
    """Return the checked request, or raise AuthorizeRefused."""
    app = world.identity.apps.get(params.get("client_id", ""))
    if app is None or app.kind == "custom":
        raise AuthorizeRefused("unauthorized_client", "Unknown client or client not enabled")
    redirect_uri = params.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise AuthorizeRefused("unauthorized_client", "Invalid redirect_uri")
    if params.get("response_type") != "code":
        raise AuthorizeRefused("unsupported_response_type", "Only response_type=code is supported")
    challenge = params.get("code_challenge") or None
    if challenge is not None and params.get("code_challenge_method") != "S256":
        raise AuthorizeRefused("invalid_request", "Transform algorithm not supported")
    if challenge is None and app.kind == "pkce":
        raise AuthorizeRefused("invalid_request", "code challenge required")
    return AuthorizeRequest(
        app=app,
        redirect_uri=redirect_uri,
        scopes=_read_scopes(
            params.get("scope", ""), takes_broad=app.is_old and world.clock.now().date() < BROAD_UNTIL
        ),
        state=params.get("state", ""),
        challenge=challenge,
        nonce=params.get("nonce") or None,
        several=world.settings.several_organisations
        and "bulk_connect:false" not in params.get("acr_values", ""),
    )


def _read_scopes(text: str, *, takes_broad: bool) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(text.split()))
    for scope in scopes:
        if scope in BROAD_SCOPES:
            if takes_broad:
                continue
            raise AuthorizeRefused("unauthorized_client", f"Invalid scope for client: {scope}")
        if not is_granular(scope):
            raise AuthorizeRefused("invalid_scope", f"Invalid scope: {scope}")
    if not scopes:
        raise AuthorizeRefused("invalid_scope", "Missing scope")
    return scopes


class AuthorizePages:
    """The pages a person meets between the app and its callback."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        """Show sign-in when it is asked for, else consent."""
        try:
            wanted = read_request(self.world, request.query_params)
        except AuthorizeRefused as error:
            return self._error_page(error)
        steps = self._steps()
        if steps and request.query_params.get("prompt") != "none":
            return self._step_page(request, steps[0])
        return self._consent_page(request, wanted)

    async def decide(self, request: Request) -> Response:
        """Act on the button that was pressed."""
        try:
            wanted = read_request(self.world, request.query_params)
        except AuthorizeRefused as error:
            return self._error_page(error)
        form = await read_form(request)
        if form.get("action") in _STEPS:
            return self._next_step(request, wanted, form)
        if form.get("action") != "allow":
            return _back(wanted, {"error": "access_denied"})
        return self._allow(request, wanted, form)

    def _steps(self) -> list[str]:
        settings = self.world.settings
        asked = (settings.sign_in, settings.mfa, settings.new_device)
        return [step for step, is_asked in zip(_STEPS, asked, strict=True) if is_asked]

    def _next_step(self, request: Request, wanted: AuthorizeRequest, form: Form) -> Response:
        step = form["action"]
        if step == "mfa" and form.get("code", "").strip() != MFA_CODE:
            return self._step_page(request, step, message="That code is not right. Try again.")
        later = [item for item in self._steps() if _STEPS.index(item) > _STEPS.index(step)]
        return self._step_page(request, later[0]) if later else self._consent_page(request, wanted)

    async def connection_limit(self, request: Request) -> Response:
        """Say that the app may hold no more connections."""
        return render("connection_limit.html", status=403, cap=self.world.settings.connection_cap)

    def _allow(self, request: Request, wanted: AuthorizeRequest, form: Form) -> Response:
        identity = self.world.identity
        user = identity.users[0]
        tenant_ids = form.getlist("tenant")
        if not wanted.several:
            tenant_ids = tenant_ids[:1]
        if not tenant_ids and self._needs_organisation(wanted):
            return self._consent_page(request, wanted, message="Choose an organisation to connect.")
        if any(tenant_id not in self.world.organisations for tenant_id in tenant_ids):
            message = "That organisation is no longer here. Choose another."
            return self._consent_page(request, wanted, message=message)
        new = [
            tenant_id
            for tenant_id in tenant_ids
            if identity.find_connection(wanted.app.client_id, user.user_id, tenant_id) is None
        ]
        full = [
            tenant_id
            for tenant_id in new
            if identity.count_uncertified(tenant_id, besides=wanted.app) >= _UNCERTIFIED_APPS
        ]
        if full and not self.world.settings.is_certified:
            message = "This organisation already has two uncertified apps connected. Disconnect one first."
            return self._consent_page(request, wanted, message=message)
        if identity.count_connections(wanted.app) + len(new) > self.world.settings.connection_cap:
            return RedirectResponse("/connectionLimit", status_code=302)
        event_id = str(uuid.uuid4())
        identity.connect(wanted.app, user, tenant_ids, event_id)
        scopes = tuple(dict.fromkeys((*wanted.scopes, *identity.earlier_scopes(wanted.app, user))))
        code = identity.add_code(
            Code(
                client_id=wanted.app.client_id,
                user=user,
                scopes=scopes,
                redirect_uri=wanted.redirect_uri,
                challenge=wanted.challenge,
                event_id=event_id,
                expires_s=self.world.clock.now_s() + CODE_LIFE_S,
                nonce=wanted.nonce,
            )
        )
        return _back(wanted, {"code": code, "scope": " ".join(scopes), "session_state": uuid.uuid4().hex})

    def _needs_organisation(self, wanted: AuthorizeRequest) -> bool:
        return any("." in scope for scope in wanted.scopes)

    def _consent_page(self, request: Request, wanted: AuthorizeRequest, *, message: str = "") -> Response:
        user = self.world.identity.users[0]
        connected = {
            tenant_id
            for tenant_id in self.world.organisations
            if self.world.identity.find_connection(wanted.app.client_id, user.user_id, tenant_id)
        }
        return render(
            "consent.html",
            headers=_NO_FRAMES,
            app=wanted.app,
            user=user,
            action=request.url.path + "?" + request.url.query,
            scopes=[describe_scope(scope) for scope in wanted.scopes],
            organisations=[item.profile for item in self.world.organisations.values()],
            connected=connected,
            several=wanted.several,
            needs_organisation=self._needs_organisation(wanted),
            message=message,
        )

    def _step_page(self, request: Request, step: str, *, message: str = "") -> Response:
        return render(
            f"{step.replace('-', '_')}.html",
            headers=_NO_FRAMES,
            user=self.world.identity.users[0],
            action=request.url.path + "?" + request.url.query,
            message=message,
        )

    def _error_page(self, error: AuthorizeRefused) -> Response:
        return render(
            "authorize_error.html",
            status=400,
            headers=_NO_FRAMES,
            error=error.error,
            detail=error.detail,
            request_id=uuid.uuid4().hex,
        )


def _back(wanted: AuthorizeRequest, answer: dict[str, str]) -> RedirectResponse:
    if wanted.state:
        answer["state"] = wanted.state
    parts = urlsplit(wanted.redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(answer)) if part)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), status_code=302, headers=_NO_FRAMES)
