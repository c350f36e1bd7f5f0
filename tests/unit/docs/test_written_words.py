"""What the documents name exists: links, paths, make's verbs, commands with their options, settings."""

import re
from pathlib import Path

import pytest
import typer

from counterfoil.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "changelog.d/*.md", "src/**/README.md")
    for file in ROOT.glob(pattern)
)
FOLDERS = ("src/", "docs/", "tests/", "tools/", "locks/", "changelog.d/", "benchmarks/", ".ci/")
# Where a short path in running text may begin.
SHORTHANDS = (ROOT, ROOT / "src" / "counterfoil", ROOT / "src" / "xero_sandbox")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group of commands


def read_code(file: Path) -> list[str]:
    """Return what is set as code: between backticks, and the lines of blocks, without their comments."""
    text = file.read_text()
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.fixture(params=DOCUMENTS, ids=[str(file.relative_to(ROOT)) for file in DOCUMENTS])
def document(request: pytest.FixtureRequest) -> Path:
    """Each document in turn."""
    file: Path = request.param
    return file


def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())

    missing = [
        link for link in links if "://" not in link and not (document.parent / link).resolve().exists()
    ]
    assert missing == []


def test_paths_exist(document: Path) -> None:
    paths = [
        path
        for path in read_code(document)
        if re.fullmatch(r"[\w./-]+", path)
        and (path.startswith(FOLDERS) or re.fullmatch(r"[a-z_]+/[\w/]+\.py", path))
    ]

    missing = [path for path in paths if not any((start / path).exists() for start in SHORTHANDS)]
    assert missing == []


def test_verbs_of_make_exist(document: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    verbs = {match[1] for code in read_code(document) if (match := re.match(r"\s*make ([a-z-]+)", code))}
    assert verbs - known == set()


def test_commands_and_their_options_exist(document: Path) -> None:
    for code in read_code(document):
        match = re.match(r"\s*(?:\.venv/bin/)?counterfoil ([a-z-]+)(.*)", code)
        if match is None:
            continue
        assert match[1] in COMMANDS, code
        known = {name for option in COMMANDS[match[1]].params for name in option.opts}
        assert set(re.findall(r"--[a-z-]+", match[2])) - known == set(), code


def test_settings_exist(document: Path) -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    named = set(re.findall(r"\b(?:COUNTERFOIL|XERO|DATABASE)_[A-Z_]*[A-Z]\b", document.read_text()))
    assert {name.removesuffix("_FILE") for name in named} - known == set()


def test_every_command_is_written_about() -> None:
    described = (ROOT / "docs" / "cli.md").read_text()

    assert [name for name in COMMANDS if f"`counterfoil {name}" not in described] == []


def test_fragments_of_the_changelog_are_named_as_agreed() -> None:
    names = [file.name for file in (ROOT / "changelog.d").iterdir() if file.name != "README.md"]

    wrong = [
        name for name in names if not re.fullmatch(r"\d+\.(added|changed|fixed|security|removed)\.md", name)
    ]
    assert wrong == []


def test_locks_hold_hashes_and_no_address() -> None:
    for lock in (ROOT / "locks").iterdir():
        text = lock.read_text()
        requirements = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
        assert "://" not in text
        assert len(requirements) > 20
        assert [one.splitlines()[0] for one in requirements if "--hash=sha256:" not in one] == []
