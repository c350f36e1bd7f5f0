"""The command `xero-sandbox`."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from xero_sandbox.app import create_app
from xero_sandbox.books.snapshot import SnapshotUnreadable
from xero_sandbox.config import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_REDIRECT_URI,
    SandboxSettings,
    Tier,
)
from xero_sandbox.recording import Recorder, keep_in
from xero_sandbox.snapshot import resume_world, save_world
from xero_sandbox.world import World

_SAVE_EVERY_S = 30

cli = typer.Typer(add_completion=False, help="A stand-in Xero server, in one process and in memory.")


@cli.command()
def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9090,
    public_url: Annotated[str | None, typer.Option(help="Address that clients use, if another.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the demo organisations.")] = 7,
    invoices: Annotated[int, typer.Option(help="Invoices of the first organisation.")] = 1_200,
    contacts: Annotated[int, typer.Option(help="Contacts of the first organisation.")] = 180,
    payments: Annotated[int | None, typer.Option(help="Its payments, exactly.")] = None,
    payments_share: Annotated[float, typer.Option(help="Payments per invoice without --payments.")] = 0.77,
    limits: Annotated[bool, typer.Option(help="Keep Xero's rate limits.")] = True,
    minute_calls: Annotated[
        int, typer.Option(min=1, help="Calls a minute; Rapid Sync allows up to 10000.")
    ] = 60,
    day_calls: Annotated[int | None, typer.Option(min=1, help="Calls a day, instead of the tier's.")] = None,
    tier: Annotated[Tier, typer.Option(help="starter, core, plus or advanced.")] = "starter",
    client_id: Annotated[str, typer.Option(help="Client id of the demo web app.")] = DEMO_CLIENT_ID,
    client_secret: Annotated[str, typer.Option(help="Its secret.")] = DEMO_CLIENT_SECRET,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Its redirect, repeatable.")] = None,
    sign_in: Annotated[bool, typer.Option(help="Show a sign-in page before consent.")] = False,
    mfa: Annotated[bool, typer.Option(help="Ask for a code (123456) after sign-in.")] = False,
    new_device: Annotated[bool, typer.Option(help="Ask whether this device may be trusted.")] = False,
    several: Annotated[bool, typer.Option(help="Let one consent choose several organisations.")] = False,
    access_token_s: Annotated[int, typer.Option(help="Life of an access token, seconds.")] = 1_800,
    now: Annotated[datetime | None, typer.Option(help="UTC moment to start at, if not the real one.")] = None,
    state: Annotated[
        Path | None, typer.Option(help="File to go on from, if it is there, and to keep the state in.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(envvar="SANDBOX_RECORD", help="File to keep every exchange in, as ndjson.")
    ] = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    settings = SandboxSettings(
        host=host,
        port=port,
        public_url=public_url,
        seed=seed,
        invoices=invoices,
        contacts=contacts,
        payments=payments,
        payments_share=payments_share,
        limits=limits,
        minute_calls=minute_calls,
        day_calls=day_calls,
        tier=tier,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uris=tuple(redirect_uri or (DEMO_REDIRECT_URI,)),
        sign_in=sign_in,
        several_organisations=several,
        mfa=mfa,
        new_device=new_device,
        access_token_s=access_token_s,
        now=now.replace(tzinfo=UTC) if now else None,
    )
    check_port(settings)
    app = create_app(settings)
    if state is not None:
        resume(app.state.world, state)
    asyncio.run(serve(settings, Recorder(app, keep_in(record)) if record else app, state))
    sys.stdout.flush()
    # The server's threads may still be ending; an interpreter that finalises under them makes them abort.
    os._exit(0)


def resume(world: World, path: Path) -> None:
    """Go on from a file, if there is one; the organisations of the other options are then not used."""
    try:
        resume_world(world, path.read_bytes())
    except FileNotFoundError:
        return
    except (SnapshotUnreadable, OSError) as error:
        sys.stderr.write(f"xero-sandbox cannot go on from {path}: {error}. Remove it to begin anew.\n")
        raise typer.Exit(1) from error


async def keep_saving(world: World, path: Path, stop: asyncio.Event) -> None:
    """Save the state at the beginning, twice a minute while anything changes, and at the end."""
    saved: tuple[object, ...] = ()
    while True:
        if saved != (marks := world.list_marks()):
            save_world(world, path)
            saved = marks
        if stop.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _SAVE_EVERY_S)


def check_port(settings: SandboxSettings) -> None:
    """Refuse a port that somebody listens on: the server itself would share it in silence."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            sys.stderr.write(f"xero-sandbox cannot listen on {settings.url}: {error.strerror}\n")
            raise typer.Exit(1) from error


async def wait_until_open(settings: SandboxSettings, serving: "asyncio.Task[None]") -> None:
    """Return once the port takes connections, or the server has ended."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 -- compared
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, settings.port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


async def serve(settings: SandboxSettings, app: Starlette | Recorder, state: Path | None = None) -> None:
    """Serve an application until a signal asks it to stop; keep its state in a file, if one is named."""
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.create_task(server.serve())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # A server told to stop before it began breaks down, so a signal is only asked for once it answers.
    await wait_until_open(settings, serving)
    sys.stdout.write(f"xero-sandbox listening on {settings.url}\n")
    sys.stdout.flush()
    stopping = asyncio.create_task(stop.wait())
    saving = asyncio.create_task(keep_saving(app.state.world, state, stop)) if state else None
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()  # type: ignore[no-untyped-call]  # granian ships no types
    await serving
    if saving is not None:
        stop.set()
        await saving


def main() -> None:
    """Run the command."""
    cli()
