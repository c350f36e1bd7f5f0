"""A bar for each stream on a terminal, drawn from what the run writes about itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from counterfoil.mirror.models import Organisation, Run, StreamRun
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.streams import STREAM_BY_NAME


@contextmanager
def showing_bars(organisation: Organisation) -> Iterator[None]:
    """Show the bars for the length of a block."""
    done = threading.Event()
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"),
               TextColumn("{task.fields[rows]:>9,} rows"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        watcher = threading.Thread(target=_watch, args=(organisation, bars, done))
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch(organisation: Organisation, bars: Progress, done: threading.Event) -> None:
    shown: dict[str, TaskID] = {}
    while True:
        is_last = done.wait(0.4)
        with in_workspace(organisation.workspace_id):
            run = Run.objects.filter(organisation=organisation).order_by("-started_at").first()
            rows = list(run.streams.all()) if run else []
        for row in rows:
            if row.state != StreamRun.State.WAITING:
                if row.stream not in shown:
                    shown[row.stream] = bars.add_task(STREAM_BY_NAME[row.stream].title, rows=0)
                bars.update(
                    shown[row.stream], total=row.pages_total, completed=row.pages_done, rows=row.rows_read
                )
        if is_last:
            connection.close()
            return
