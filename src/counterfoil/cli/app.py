"""
The `counterfoil` command: what can be typed.

Each command imports its own module when it runs. Django, the tables and the web server take more
than a second to load, and neither `--help` nor a typing mistake needs them.
"""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.cli.speech import Exit, Stopped, complain, speaking_json

app = typer.Typer(
    help="Keeps a true, current copy of your Xero organisations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help needs no terminal library, and reads the same in a pipe
)

Port = Annotated[int, typer.Option(min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; the default is reachable from here only.")]
Org = Annotated[
    str | None, typer.Option("--org", help="The organisation: its name, its Xero id, or its number here.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Format(StrEnum):
    """What can be written."""

    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


def _read_settings(*, narrates: bool = False) -> None:
    from counterfoil.cli.installation import read_settings

    read_settings(narrates=narrates)


@app.command()
def demo(
    port: Port = 8000,
    sandbox_port: Port = 9090,
    invoices: Annotated[
        int | None,
        typer.Option(min=1, help="How many invoices the first organisation has; 1200 if not said."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the last demo and begin anew.")] = False,
) -> None:
    """Run everything beside a stand-in Xero with demo organisations, and go on where the last demo ended."""
    from counterfoil.cli.demo import run_demo

    run_demo(port=port, sandbox_port=sandbox_port, invoices=invoices, fresh=fresh)


@app.command()
def migrate() -> None:
    """Make or renew the tables of the database."""
    _read_settings()
    from counterfoil.cli.parts import migrate

    migrate()


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that answer; one uses up to one core, and 8 connections.")
    ] = 1,
) -> None:
    """Serve the pages."""
    _read_settings(narrates=True)
    from counterfoil.cli.parts import serve

    serve(host=host, port=port, processes=processes)


@app.command()
def worker(
    jobs_at_once: Annotated[int, typer.Option("--jobs", min=1, help="Organisations synced at once.")] = 4,
) -> None:
    """Do the background work: sync what is due, and resume what was cut off."""
    _read_settings(narrates=True)
    from counterfoil.cli.parts import work

    work(jobs_at_once=jobs_at_once)


@app.command()
def sandbox(port: Port = 9090) -> None:
    """Run the stand-in Xero."""
    from counterfoil.cli.demo import find_sandbox

    os.execv(find_sandbox(), ["xero-sandbox", "--port", str(port)])  # noqa: S606 - no shell wanted


@app.command()
def connect(
    custom: Annotated[bool, typer.Option("--custom", help="Use a Xero custom connection.")] = False,
    workspace: Annotated[
        str | None, typer.Option(help="The firm it belongs to, where there are several.")
    ] = None,
) -> None:
    """Connect the one organisation of a Xero custom connection, with no browser."""
    if not custom:
        raise Stopped(
            "Connect other organisations in the pages, where Xero can ask you."
            " For a custom connection add --custom.",
            Exit.USAGE,
        )
    _read_settings()
    from counterfoil.cli.connecting import connect

    connect(workspace=workspace)


@app.command()
def sync(
    org: Org = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Do the daily check now.")] = False,
    streams: Annotated[
        list[str] | None,
        typer.Option("--stream", help="With --full: only this kind, such as Invoices; may be repeated."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="With --full: show what would change, and write nothing.")
    ] = False,
    agreed: Annotated[
        bool, typer.Option("--yes", help="With --stream: agree to a surprising loss of records.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sync an organisation now, in the foreground. Leaves with 0 only if every stream succeeded."""
    with speaking_json(as_json):
        if full and sweep:
            raise Stopped("Choose --full or --sweep, not both.", Exit.USAGE)
        if (streams or preview or agreed) and not full:
            raise Stopped("--stream, --preview and --yes go with --full.", Exit.USAGE)
        _read_settings()
        if streams or preview:
            from counterfoil.cli.rereading import reread

            raise typer.Exit(
                reread(org=org, streams=streams or [], preview=preview, agreed=agreed, as_json=as_json)
            )
        from counterfoil.cli.syncing import sync

        raise typer.Exit(sync(org=org, full=full, sweep=sweep, as_json=as_json))


@app.command()
def status(
    as_json: Json = False,
    diagnostics: Annotated[
        bool, typer.Option("--diagnostics", help="Print a text for whoever helps.")
    ] = False,
) -> None:
    """Say which organisations are connected, how fresh their copies are, and what is left of the limits."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.standing import show_diagnostics, show_status

        if diagnostics:
            raise typer.Exit(show_diagnostics())
        raise typer.Exit(show_status(as_json=as_json))


@app.command()
def verify(org: Org = None, as_json: Json = False) -> None:
    """Compare the copy with Xero, figure by figure. Leaves with 1 if a difference is unexplained."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.proving import verify

        raise typer.Exit(verify(org=org, as_json=as_json))


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="invoice, receivables or payables.")],
    name: Annotated[str | None, typer.Argument(help="The invoice's number or Xero id.")] = None,
    org: Org = None,
    as_at: Annotated[
        str | None, typer.Option(help="Receivables or payables at a past moment: 2026-10-31T23:59.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say where an invoice or a figure comes from: the documents behind it, and what changed when and why."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.explaining import explain

        raise typer.Exit(explain(what, name, org=org, as_at=as_at, as_json=as_json))


@app.command()
def changes(
    since: Annotated[str, typer.Option(help="A day or a moment: 2026-11-05 or 2026-11-05T18:00.")],
    dated_from: Annotated[str | None, typer.Option(help="Only documents dated from this day.")] = None,
    dated_to: Annotated[str | None, typer.Option(help="Only documents dated up to this day.")] = None,
    org: Org = None,
    as_json: Json = False,
) -> None:
    """Say what changed since a moment; with days, what that did to the documents dated then."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.explaining import list_changes

        raise typer.Exit(
            list_changes(org=org, since=since, dated_from=dated_from, dated_to=dated_to, as_json=as_json)
        )


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="Such as contacts or invoices; a wrong word lists them all.")],
    org: Org = None,
    form: Annotated[Format, typer.Option("--format")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
) -> None:
    """Write one kind of record out, exactly as the mirror holds it."""
    _read_settings()
    from counterfoil.cli.exporting import export

    export(kind, org=org, form=form, output=output)


@app.command()
def push(
    org: Org = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written, with every obstacle; send nothing.")
    ] = False,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="First put every invoice draft that can go into the outbox.")
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line for each write.")] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Print a table, as is usual.")] = False,
) -> None:
    """Send what waits in the outbox now. What needs approval goes on waiting for it."""
    with speaking_json(as_json):
        if as_json + as_csv + as_table > 1:
            raise Stopped("Choose one of --json, --csv and --table.", Exit.USAGE)
        if dry_run and drafts:
            raise Stopped("--dry-run shows the drafts already; it sends nothing.", Exit.USAGE)
        _read_settings()
        from counterfoil.cli.pushing import Form, send, show

        form = Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE
        if dry_run:
            raise typer.Exit(show(org=org, form=form))
        raise typer.Exit(send(org=org, with_drafts=drafts, form=form))


class WebhookVerb(StrEnum):
    """What can be asked about webhooks."""

    STATUS = "status"
    TEST = "test"


@app.command()
def webhooks(
    verb: Annotated[WebhookVerb, typer.Argument(help="How they are, or a test of the address.")],
    workspace: Annotated[
        str | None, typer.Option(help="The firm whose app signs the test, where there are several.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether Xero tells of changes, or test the address that it posts to."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.webhooks import show_feeds, test

        is_test = verb is WebhookVerb.TEST
        raise typer.Exit(
            test(workspace=workspace, as_json=as_json) if is_test else show_feeds(as_json=as_json)
        )


@app.command()
def replay(
    since: Annotated[
        str | None, typer.Option(help="What was told since then, as 2026-11-22T09:00 or with a zone.")
    ] = None,
    delivery: Annotated[int | None, typer.Option(help="What one delivery told of, by its number.")] = None,
    org: Org = None,
    as_json: Json = False,
) -> None:
    """Have read again what Xero told of by webhook; the worker does it within seconds."""
    with speaking_json(as_json):
        if (since is None) == (delivery is None):
            raise Stopped("Say --since or --delivery, one of the two.", Exit.USAGE)
        _read_settings()
        from counterfoil.cli.webhooks import replay

        raise typer.Exit(replay(since=since, delivery=delivery, org=org, as_json=as_json))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one of that name is replaced.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Put the keys in too: whoever has the file can read every secret."),
    ] = False,
) -> None:
    """Write everything into one file, while all goes on."""
    _read_settings()
    from counterfoil.cli.keeping import back_up

    back_up(file, with_keys=with_keys)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `counterfoil backup` wrote.")],
    over: Annotated[bool, typer.Option("--over", help="Replace the data that is there.")] = False,
) -> None:
    """Put a backup into the database: all of it, or nothing."""
    _read_settings()
    from counterfoil.cli.keeping import restore

    raise typer.Exit(restore(file, over=over))


@app.command("export-workspace")
def export_workspace(
    file: Annotated[Path, typer.Argument(help="The file to write; one of that name is replaced.")],
    workspace: Annotated[str | None, typer.Option(help="Which firm, where there are several.")] = None,
) -> None:
    """Write everything of one firm into a file that another installation takes, without any secret."""
    _read_settings()
    from counterfoil.cli.moving import export_workspace

    export_workspace(file, workspace=workspace)


@app.command("import-workspace")
def import_workspace(
    file: Annotated[Path, typer.Argument(help="A file that `counterfoil export-workspace` wrote.")],
    name: Annotated[str | None, typer.Option(help="What the firm is called here.")] = None,
) -> None:
    """Make a firm of such a file: all of it, or nothing. Nothing goes outward before a person has looked."""
    _read_settings()
    from counterfoil.cli.moving import import_workspace

    import_workspace(file, name=name)


@app.command("privacy-export")
def privacy_export(
    file: Annotated[Path, typer.Argument(help="The file to write; one of that name is replaced.")],
    who: Annotated[
        list[str], typer.Argument(help="An e-mail address, a number, a name or Xero's id; several mean one.")
    ],
    workspace: Annotated[str | None, typer.Option(help="Which firm, where there are several.")] = None,
) -> None:
    """Write everything that a firm knows about one person into a file, to read and for programs."""
    _read_settings()
    from counterfoil.cli.privacy import hand_over_person

    hand_over_person(file, who, workspace=workspace)


@app.command("privacy-erase")
def privacy_erase(
    who: Annotated[
        list[str], typer.Argument(help="An e-mail address, a number, a name or Xero's id; several mean one.")
    ],
    workspace: Annotated[str | None, typer.Option(help="Which firm, where there are several.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only say what would go.")] = False,
) -> None:
    """Erase what a firm itself keeps about one person; say first what goes, what stays, and why."""
    _read_settings()
    from counterfoil.cli.privacy import erase

    erase(who, workspace=workspace, is_agreed=yes)


@app.command("reporting-role")
def reporting_role(
    workspace: Annotated[str | None, typer.Option(help="The firm it reads, where there are several.")] = None,
    name: Annotated[
        str | None, typer.Option(help="What the role is called; there can be several for a firm.")
    ] = None,
    end: Annotated[str | None, typer.Option("--end", help="Take this role away.")] = None,
) -> None:
    """Make a role of the database that reads one firm through the SQL views, and show its password once."""
    if name and end:
        raise Stopped("Say --name or --end, one of the two.", Exit.USAGE)
    _read_settings()
    from counterfoil.cli.publishing import end_role, make_role

    if end:
        end_role(workspace=workspace, name=end)
    else:
        make_role(workspace=workspace, name=name)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Examine the installation, and say what to do. Leaves with 1 if something is wrong."""
    with speaking_json(as_json):
        _read_settings()
        from counterfoil.cli.doctoring import examine_installation

        raise typer.Exit(examine_installation(as_json=as_json))


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt every token and secret with a new key. What was cut off is finished by running it again."""
    _read_settings()
    from counterfoil.cli.doctoring import rotate_keys

    raise typer.Exit(rotate_keys())


def main() -> int:
    """Run the command line and return its exit code; wrong usage leaves with 2 by itself."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    output = sys.stdout
    try:
        app()
    except Stopped as stopped:
        complain(str(stopped))
        return stopped.code
    except SystemExit:
        if sys.stdout is output:
            raise
        # Typer put another in its place and leaves with 1: whoever read our output has seen enough.
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
