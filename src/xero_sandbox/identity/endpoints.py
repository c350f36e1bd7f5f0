"""Token, revocation, discovery and connections: the machine's side of identity (FACTS 1)."""

import asyncio
import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from xero_sandbox.accounting.gate import Refused, accept_token
from xero_sandbox.identity.state import App, Connection, Grant, TokenRefused
from xero_sandbox.identity.tokens import profile_claims
from xero_sandbox.wire.answers import new_correlation_id
from xero_sandbox.wire.datekit import render_seven_decimals
from xero_sandbox.wire.faults import TOKEN_FAULTS
from xero_sandbox.wire.forms import read_form
from xero_sandbox.wire.scopes import APP_SCOPES
from xero_sandbox.world import World

_NO_STORE = {"cache-control": "no-store, no-cache, max-age=0", "pragma": "no-cache"}


class BrokenOff(Response):
    """An answer whose body never comes: the work is done, the caller does not learn of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body, then end without it."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2048")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        await asyncio.sleep(0.01)


class IdentityEndpoints:
    """Answers machines that sign in, refresh, revoke and list connections."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def token(self, request: Request) -> Response:
        """Exchange a code, a refresh token or client credentials for tokens."""
        self.world.stats.requests["token"] += 1
        fault = self.world.faults.take(TOKEN_FAULTS)
        if fault is not None and fault.kind == "token_503":
            return PlainTextResponse("The service is unavailable.", status_code=503)
        form = dict(await read_form(request))
        try:
            app = self._authenticate(request, form)
            answer = self._issue(app, form)
        except TokenRefused as error:
            return JSONResponse({"error": error.error}, status_code=400, headers=_NO_STORE)
        if fault is not None:
            return BrokenOff()
        return JSONResponse(answer, headers=_NO_STORE)

    def _authenticate(self, request: Request, form: dict[str, str]) -> App:
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise TokenRefused("invalid_client") from error
            client_id, _, basic_secret = text.partition(":")
            client_id, secret = unquote_plus(client_id), unquote_plus(basic_secret)
        return self.world.identity.get_app(client_id, secret)

    def _issue(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        identity = self.world.identity
        match form.get("grant_type"):
            case "authorization_code":
                if app.kind == "custom":
                    raise TokenRefused("unauthorized_client")
                grant, code = identity.redeem_code(
                    app, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
                return self._token_set(app, grant, nonce=code.nonce)
            case "refresh_token":
                return self._token_set(app, identity.rotate(app, form.get("refresh_token", "")))
            case "client_credentials":
                return self._client_credentials(app, form.get("scope", ""))
            case _:
                raise TokenRefused("unsupported_grant_type")

    def _token_set(self, app: App, grant: Grant, *, nonce: str | None = None) -> dict[str, Any]:
        life_s = self.world.settings.access_token_s
        signer, identity = self.world.signer, self.world.identity
        access_token = signer.issue_access_token(
            identity, app, scopes=grant.scopes, grant=grant, life_s=life_s
        )
        answer: dict[str, Any] = {}
        if "openid" in grant.scopes:
            answer["id_token"] = signer.issue_id_token(
                grant, access_token=access_token, now_s=self.world.clock.now_s(), nonce=nonce
            )
        answer |= {"access_token": access_token, "expires_in": life_s, "token_type": "Bearer"}
        if "offline_access" in grant.scopes:
            answer["refresh_token"] = identity.issue_refresh_token(grant)
        answer["scope"] = " ".join(grant.scopes)
        return answer

    def _client_credentials(self, app: App, wanted: str) -> dict[str, Any]:
        if app.kind == "pkce":
            raise TokenRefused("unauthorized_client")
        allowed = app.scopes if app.kind == "custom" else APP_SCOPES
        scopes = tuple(wanted.split()) or allowed
        if any(not _covers(allowed, scope) for scope in scopes):
            raise TokenRefused("invalid_scope")
        life_s = self.world.settings.access_token_s
        token = self.world.signer.issue_access_token(
            self.world.identity, app, scopes=scopes, grant=None, life_s=life_s
        )
        return {
            "access_token": token,
            "expires_in": life_s,
            "token_type": "Bearer",
            "scope": " ".join(scopes),
        }

    async def revocation(self, request: Request) -> Response:
        """End everything that a refresh token stands for."""
        form = dict(await read_form(request))
        try:
            app = self._authenticate(request, form)
        except TokenRefused as error:
            return JSONResponse({"error": error.error}, status_code=400)
        self.world.identity.revoke(app, form.get("token", ""))
        return Response(status_code=200)

    async def userinfo(self, request: Request) -> Response:
        """Tell who the person is."""
        correlation_id = new_correlation_id()
        try:
            caller = accept_token(self.world, request, correlation_id)
        except Refused as error:
            return error.answer.finish(correlation_id=correlation_id)
        for user in self.world.identity.users:
            if user.user_id == caller.token.user_id:
                claims = {"sub": user.subject, "xero_userid": user.user_id, "email": user.email}
                return JSONResponse(claims | profile_claims(user))
        return JSONResponse({"error": "invalid_token"}, status_code=401)

    async def discovery(self, request: Request) -> Response:
        """Describe this identity server."""
        url = self.world.signer.issuer
        return JSONResponse(
            {
                "issuer": url,
                "jwks_uri": f"{url}/.well-known/openid-configuration/jwks",
                "authorization_endpoint": f"{url}/identity/connect/authorize",
                "token_endpoint": f"{url}/connect/token",
                "userinfo_endpoint": f"{url}/connect/userinfo",
                "revocation_endpoint": f"{url}/connect/revocation",
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def jwks(self, request: Request) -> Response:
        """Publish the key that signs tokens."""
        return JSONResponse(self.world.signer.jwks)

    async def list_connections(self, request: Request) -> Response:
        """List the organisations this person connected to this app: a bare array (FACTS 1.6)."""
        self.world.stats.requests["connections"] += 1
        correlation_id = new_correlation_id()
        try:
            token = accept_token(self.world, request, correlation_id).token
        except Refused as error:
            return error.answer.finish(correlation_id=correlation_id)
        event_id = request.query_params.get("authEventId", "").lower()
        app = self.world.identity.apps[token.client_id]
        found = [
            self._render_connection(item)
            for item in self.world.identity.connections.values()
            if item.client_id == app.client_id
            and token.user_id in {None, item.user_id}
            and event_id in {"", item.event_id}
        ]
        return JSONResponse(found, headers={"xero-correlation-id": correlation_id, **_NO_STORE})

    def _render_connection(self, item: Connection) -> dict[str, Any]:
        return {
            "id": item.connection_id,
            "authEventId": item.event_id,
            "tenantId": item.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.world.get_organisation(item.tenant_id).name,
            "createdDateUtc": render_seven_decimals(item.created_ms),
            "updatedDateUtc": render_seven_decimals(item.updated_ms),
        }

    async def delete_connection(self, request: Request) -> Response:
        """Disconnect one organisation by its connection id: 204, or 404."""
        correlation_id = new_correlation_id()
        try:
            token = accept_token(self.world, request, correlation_id).token
        except Refused as error:
            return error.answer.finish(correlation_id=correlation_id)
        connections = self.world.identity.connections
        item = connections.get(request.path_params["connection_id"].lower())
        if item is None or item.client_id != token.client_id or token.user_id not in {None, item.user_id}:
            return Response(status_code=404, headers={"xero-correlation-id": correlation_id})
        del connections[item.connection_id]
        return Response(status_code=204, headers={"xero-correlation-id": correlation_id})


def _covers(allowed: tuple[str, ...], scope: str) -> bool:
    return scope in allowed or scope.removesuffix(".read") in allowed
