"""The pages name every command with its options, and no setting that is not there."""

import re
from pathlib import Path

import click
import pytest
import typer

from counterfoil.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
SETTINGS = set(re.findall(r"^#? ?([A-Z][A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_the_commands_names_each_with_its_options(name: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    options = [
        option
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    ]

    assert f"`counterfoil {name}" in page
    assert [option for option in options if option not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_setting_that_is_not_there(page: Path) -> None:
    named = set(re.findall(r"\b((?:COUNTERFOIL|XERO)_[A-Z_]+[A-Z])\b(?!\*)", page.read_text()))
    known = {name.removesuffix("_FILE") for name in named}

    assert known - SETTINGS == set()
