"""Everything that a stand-in remembers as one JSON document, and back."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from xero_sandbox.books.snapshot import SnapshotUnreadable, dump_organisation, load_organisation
from xero_sandbox.identity.state import AccessToken, App, Connection, Grant, IdentityState, User
from xero_sandbox.identity.tokens import Signer
from xero_sandbox.webhooks.post_office import IN_PROGRESS, REQUIRED, Subscription
from xero_sandbox.world import World


class _Identity(msgspec.Struct):
    apps: dict[str, App]
    users: list[User]
    grants: list[Grant]
    access_tokens: dict[str, AccessToken]
    connections: dict[str, Connection]
    signing_key: str


class _Rest(msgspec.Struct):
    """What is saved beside the organisations; a document of an older version has no more than `now`."""

    now: datetime
    shift_s: float = 0.0
    identity: _Identity | None = None
    webhooks: list[Subscription] | None = None


def dump_world(world: World) -> bytes:
    """Return the whole state; faults, limits and counters are of the moment and left out."""
    identity = world.identity
    rest = _Rest(
        now=world.clock.now(),
        shift_s=world.clock.shift_s,
        identity=_Identity(
            apps=identity.apps,
            users=identity.users,
            grants=identity.grants,
            access_tokens=_drop_expired(identity),
            connections=identity.connections,
            signing_key=world.signer.export_key(),
        ),
        webhooks=list(world.post_office.subscriptions.values()),
    )
    organisations = [dump_organisation(item) for item in world.organisations.values()]
    return msgspec.json.encode(msgspec.to_builtins(rest) | {"organisations": organisations})


def load_world(world: World, saved: bytes) -> None:
    """Replace everything by what was saved and go on at its moment, or raise SnapshotUnreadable."""
    rest, organisations = _decode(saved)
    loaded = [load_organisation(item, world.clock) for item in organisations]
    signer = Signer(world.settings.url, key=rest.identity.signing_key) if rest.identity else None
    now = rest.now if rest.now.tzinfo else rest.now.replace(tzinfo=UTC)
    world.clock.set(now)
    world.replace_organisations(loaded)
    if rest.identity is not None and signer is not None:
        world.signer = signer
        _fill(world.identity, rest.identity)
    if rest.webhooks is not None:
        world.post_office.subscriptions = {item.subscription_id: item for item in rest.webhooks}


def resume_world(world: World, saved: bytes) -> None:
    """
    Load what an earlier process saved, as though it had slept: its clock ran on meanwhile.

    Apps named by this process's settings stay as these settings say.
    """
    ours = dict(world.identity.apps)
    rest, _ = _decode(saved)
    load_world(world, saved)
    world.clock.set(datetime.now(UTC))
    world.clock.advance(rest.shift_s)
    world.identity.apps |= {
        key: app for key, app in ours.items() if app.kind != "custom" or key not in world.identity.apps
    }
    for organisation in world.organisations.values():
        organisation.refresh_all_contacts()


def save_world(world: World, path: Path) -> None:
    """Write the state so that the file is whole at every moment; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(dump_world(world))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _decode(saved: bytes) -> tuple[_Rest, list[dict[str, Any]]]:
    try:
        content = msgspec.json.decode(saved)
        organisations: list[dict[str, Any]] = content.pop("organisations")
        rest = msgspec.convert(content, _Rest, strict=True)
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotUnreadable from error
    for item in rest.webhooks or []:
        if item.status == IN_PROGRESS:  # whoever asked for it is gone
            item.status = REQUIRED
    return rest, organisations


def _drop_expired(identity: IdentityState) -> dict[str, AccessToken]:
    # An expired token is told apart from an unknown one (FACTS 2.3) as long as a program may still use it.
    oldest = identity.clock.now_s() - 86_400
    return {key: token for key, token in identity.access_tokens.items() if token.expires_s > oldest}


def _fill(identity: IdentityState, saved: _Identity) -> None:
    identity.apps, identity.users = saved.apps, saved.users
    identity.grants, identity.access_tokens = saved.grants, saved.access_tokens
    identity.connections = saved.connections
    identity.codes.clear()
