"""Nothing in Counterfoil knows the stand-in: Xero is four addresses, and these are all that differ."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from counterfoil.sync.streams import STREAMS
from counterfoil.xero.addresses import XeroAddresses
from tests.contract import openapi

SOURCE = Path(__file__).resolve().parents[3] / "src" / "counterfoil"
KNOWS_IT = {
    "cli/app.py": "starts the stand-in",
    "cli/demo.py": "starts the stand-in, with its own app, and waits for it",
    "web/views/xero_app.py": "shows a person where the stand-in registers apps, as developer.xero.com does",
}
BASES = ("login", "identity", "api", "web")
# Ways and words of the stand-in's own: its control interface, pages, apps and package.
ITS_OWN = re.compile(
    r"^/(apps|faults)$|/sandbox|xero[_-]sandbox|COUNTERFOILDEMO|COUNTERFOILPKCE|COUNTERFOILCUSTOM|counterfoil-\w+-secret|brightwater",
    re.IGNORECASE,
)
MODULES = sorted(str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py"))


def read_texts(module: str) -> list[str]:
    """Return the texts that a module works with; what its docstrings tell is no dependence."""
    tree = ast.parse((SOURCE / module).read_text())
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.mark.parametrize("module", [module for module in MODULES if module not in KNOWS_IT])
def test_no_module_works_with_a_way_of_the_stand_in(module: str) -> None:
    assert [text for text in read_texts(module) if ITS_OWN.search(text)] == []


@pytest.mark.parametrize("module", KNOWS_IT)
def test_those_that_know_it_are_found(module: str) -> None:
    assert [text for text in read_texts(module) if ITS_OWN.search(text)] != []


def test_every_address_is_built_on_the_four_that_are_configured() -> None:
    real = list_addresses(XeroAddresses())
    pretended = list_addresses(XeroAddresses(**dict.fromkeys(BASES, "http://127.0.0.1:9090")))

    assert len(real) >= 15
    for name, address in real.items():
        (base,) = [base for base in BASES if address.startswith(getattr(XeroAddresses(), base))]
        assert pretended[name] == address.replace(getattr(XeroAddresses(), base), "http://127.0.0.1:9090")


@pytest.mark.skipif(not openapi.is_here(), reason=openapi.MISSING)
@pytest.mark.parametrize("stream", [stream.name for stream in STREAMS])
def test_every_stream_is_read_from_an_address_of_xeros(stream: str) -> None:
    path = XeroAddresses().accounting(stream).removeprefix("https://api.xero.com")

    assert openapi.find_operation("GET", path) is not None


def list_addresses(xero: XeroAddresses) -> dict[str, str]:
    """Return every address that can be built, with the name of what builds it."""
    built = {}
    for name in dir(XeroAddresses):
        if name.startswith("_") or name in BASES:
            continue
        value = getattr(xero, name)
        if callable(value):
            value = value(*("x" * 8 for _ in inspect.signature(value).parameters))
        built[name] = value
    return built
