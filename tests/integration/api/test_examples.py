"""Every example of docs/api.md is run as it stands, against a server."""

import os
import re
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from hmac import new
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, connections

from counterfoil.api.service import api
from counterfoil.features.recharging.models import Recharge
from counterfoil.mirror.models import Account, Connection, Currency, Organisation, TaxRate
from tests.integration.api.conftest import Program
from tests.integration.api.test_reading import fill, make_cost
from tests.integration.sync.outbox.wishing import allow_all
from tests.integration.web.firms import Firm, _mirrored

_PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def list_blocks(text: str) -> dict[str, list[str]]:
    """Return the examples of a text by their language."""
    return {
        language: re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) for language in ("python", "bash")
    }


_ALL = list_blocks(_PAGE)
# What asks Xero needs one that answers: test_in_xero.py runs it.
ASKING = list_blocks(_PAGE.partition("\n## What only Xero has\n")[2].partition("\n## ")[0])
_BLOCKS = {
    language: [one for one in blocks if one not in ASKING[language]] for language, blocks in _ALL.items()
}
BEGINNING = _ALL["python"][0]


@pytest.fixture
def served(
    firm: Firm, organisation: Organisation, program: Program, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server within the test's transaction; the test waits while it answers."""
    fill(firm, organisation, 1)
    let_write(firm, organisation)
    # As the test client does: a request that ends must not end the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:

        def serve() -> None:
            connections[connection.alias] = ours
            server.serve_forever(poll_interval=0.02)

        ours = connections[connection.alias]
        ours.inc_thread_sharing()
        thread = Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("COUNTERFOIL_URL", address)
        monkeypatch.setenv("API_TOKEN", program.secret)
        monkeypatch.setenv("ORGANISATION", str(organisation.pk))
        yield address
        server.shutdown()
        thread.join()
        ours.dec_thread_sharing()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def let_write(firm: Firm, organisation: Organisation) -> None:
    """Let invoices be written, to the account and at the tax rate that the page names, over a cost."""
    with firm.inside():
        make_cost(firm, organisation, 2, account_code="310")  # no rule of the page takes it
        allow_all(Connection.objects.get(organisation=organisation))
        of_books = {**_mirrored(organisation), "status": "ACTIVE"}
        Account.objects.create(
            **of_books, code="200", name="Sales", account_class="REVENUE", enable_payments=False
        )
        bank = {**_mirrored(organisation), "status": "ACTIVE"}
        Account.objects.create(**bank, code="090", name="Bank", kind="BANK", enable_payments=False)
        TaxRate.objects.create(**of_books | {"xero_id": "NONE"}, name="No VAT", effective_rate=0)
        Currency.objects.create(**_mirrored(organisation) | {"xero_id": "GBP"})


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_every_example_in_python_runs(served: str, firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}

    for block in _BLOCKS["python"]:
        exec(compile(block, "docs/api.md", "exec"), names)  # the page's own words

    names["counterfoil"].close()
    assert "Harbour Foods Ltd" in capsys.readouterr().out
    with firm.inside():
        assert [one.draft_id for one in Recharge.objects.all()] == names["billed"]["drafts"]
        assert len(names["billed"]["operations"]) == 1
    made = new(b"secret", b"1000.body", sha256).hexdigest()
    assert names["is_ours"](f"v1,t=1000,s={made}", b"body", "secret", 1100)
    assert not names["is_ours"](f"v1,t=1000,s={made}", b"other", "secret", 1100)
    assert not names["is_ours"](f"v1,t=1000,s={made}", b"body", "secret", 2000)


def test_every_example_with_curl_runs(served: str) -> None:
    for block in _BLOCKS["bash"]:
        run_with_curl(block)


def run_with_curl(block: str, folder: Path | None = None) -> None:
    """Run an example; what it writes lies in the folder."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        capture_output=True,
        text=True,
        env=os.environ,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def test_every_resource_has_an_example_in_python_and_with_curl() -> None:
    document: dict[str, Any] = api.get_openapi_schema()
    lists = {
        path.removeprefix("/api/v1/").rpartition("}/")[2]
        for path in document["paths"]
        if not path.endswith("}")
    }
    resources = {name.partition("/")[2] or name for name in lists} - _ACTS
    for language, blocks in _ALL.items():
        text = "\n".join(blocks)
        assert {name for name in resources if not re.search(rf"\b{name}\b", text)} == set(), language


# What is done with a resource that has its example.
_ACTS = {
    *(
        "send",
        "discard",
        "unlink",
        "end",
        "state",
        "approve",
        "hold",
        "submit",
        "take-back",
        "resend",
        "remove",
    ),
    *("credit", "void", "delete"),
    *("price", "pause", "resume", "copy", "edit", "make", "archive", "ready", "reopen", "merge", "activate"),
    *("look", "accept", "decline", "seen", "keep", "follow", "split", "answer", "credited", "undo"),
    *("choose", "add", "switch", "test", "replay", "settle", "read-again"),
    *("restore", "gather", "release", "create", "skip", "link-exact", "rates"),
    *(
        "bill",
        "bills",
        "attribute",
        "overhead",
        "skip",
        "confirm",
        "earlier",
        "decide",
        "decide-all",
        "agree",
        "preview",
        "terms",
    ),
}
