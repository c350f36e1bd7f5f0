"""How a command speaks: results on standard output, everything else on standard error, and an exit code."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer


class Exit(IntEnum):
    """What the process says to the shell."""

    DONE = 0
    FAILURES = 1
    USAGE = 2
    PERSON_MUST_ACT = 3
    TRY_LATER = 75


class Stopped(Exception):
    """A command ends with this sentence and this code."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.code = code


def say(sentence: str) -> None:
    """Print a sentence of the result; never wrapped, so that a program finds it whole."""
    typer.echo(sentence)


def remark(sentence: str) -> None:
    """Print a sentence beside the result, where it disturbs no pipe."""
    typer.echo(sentence, err=True)


def complain(sentence: str) -> None:
    """Print why the command stops."""
    typer.secho(sentence, fg="red", err=True)


def say_json(result: Mapping[str, Any]) -> None:
    """Print the one object of `--json`."""
    typer.echo(json.dumps(result, indent=2))


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print aligned columns; those numbered in `right` to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


@contextmanager
def speaking_json(wanted: bool) -> Iterator[None]:
    """With `--json`, make the sentence that stops the command an object too."""
    try:
        yield
    except Stopped as stopped:
        if wanted:
            say_json({"verdict": "not_run", "sentence": str(stopped), "exit_code": int(stopped.code)})
        raise


def is_watched() -> bool:
    """Say whether a person looks on: progress is drawn on standard error, and on a terminal only."""
    return sys.stderr.isatty()
