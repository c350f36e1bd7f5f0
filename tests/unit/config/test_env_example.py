"""`.env.example` has one sentence for each name that the code reads, and no other names."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
READERS = {
    "read_text",
    "read_flag",
    "read_number",
    "read_list",
    "read_keys",
    "read_address",
    "read_networks",
    "get",
}
# Ways of other programs to speak to this one, not settings of ours.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "REMOTE_ADDR"}


def find_names_in_code() -> set[str]:
    """Return the names in upper case that the code asks the environment for."""
    names = set()
    for file in (ROOT / "src" / "counterfoil").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            function, name = node.func, node.args[0].value
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called in READERS and isinstance(name, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", name):
                names.add(name)
    return names - NOT_OURS


def read_example() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def test_every_name_that_the_code_reads_is_in_the_example_and_no_other() -> None:
    listed = [line.partition("=")[0] for line in read_example() if line and not line.startswith("#")]

    assert len(find_names_in_code()) > 10
    assert sorted(listed) == sorted(find_names_in_code())


def test_every_name_has_one_sentence_above_it() -> None:
    lines = read_example()

    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert re.fullmatch(r"# [A-Z0-9].*\.", lines[number - 1]), line
            assert lines[number - 2] == "", line
