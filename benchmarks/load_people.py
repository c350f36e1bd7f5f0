"""People in browsers, as far as the server can tell: told who by one line of JSON; see `load`."""

import asyncio
import json
import random
import sys
import time
from typing import Any

import httpx

# Each page with how often people come to it, beside the others.
_PAGES = (
    ("dashboard", "/", 6),
    ("invoices", "/invoices/", 8),
    ("invoices, unpaid", "/invoices/?view=unpaid", 4),
    ("invoices, search", "/invoices/?q=INV-00", 3),
    ("bills", "/bills/", 4),
    ("an invoice", "", 8),
    ("contacts", "/contacts/", 4),
    ("clients", "/clients/", 4),
    ("unmatched", "/unmatched/", 3),
    ("owed", "/owed/", 2),
    ("payments", "/payments/", 2),
    ("search as one types", "/search/?q=studio", 5),
    ("profit and loss", "/o/{organisation}/reports/profit-and-loss/?months=12", 2),
    ("receivables", "/o/{organisation}/reports/receivables/", 2),
    ("outbox", "/outbox/", 2),
    ("activity", "/activity/sync/", 2),
)
_SIGN_IN_WITHIN_S = 120.0


async def main(url: str) -> None:
    """Sign everybody in, wait for the word, let them work, and print each visit: page, seconds, status."""
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    clients = [await _sign_in(url, visitor) for visitor in job["visitors"]]
    sys.stdout.write("signed in\n")
    sys.stdout.flush()
    sys.stdin.readline()
    until = time.monotonic() + job["seconds"]
    working = [
        _work(client, visitor, until, job["reading"], random.Random(number))
        for number, (client, visitor) in enumerate(zip(clients, job["visitors"], strict=True))
    ]
    visits = [visit for visits in await asyncio.gather(*working) for visit in visits]
    sys.stdout.write(json.dumps(visits) + "\n")


async def _sign_in(url: str, visitor: dict[str, Any]) -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        base_url=url,
        timeout=_SIGN_IN_WITHIN_S,
        trust_env=False,
        headers={"X-Forwarded-For": visitor["address"], "Accept": "text/html"},
    )
    await client.get("/accounts/login/")
    form = {
        "login": visitor["email"],
        "password": visitor["password"],
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    answer = await client.post("/accounts/login/", data=form)
    if answer.status_code != 302:
        raise SystemExit(f"{visitor['email']} could not sign in: {answer.status_code}")
    return client


async def _work(
    client: httpx.AsyncClient, visitor: dict[str, Any], until: float, reading: float, chance: random.Random
) -> list[tuple[str, float, int]]:
    """Go from page to page, at moments of one's own."""
    visits = []
    names = [name for name, _, _ in _PAGES]
    paths = {name: path.format(organisation=visitor["organisation"]) for name, path, _ in _PAGES}
    await asyncio.sleep(chance.uniform(0, reading))
    while time.monotonic() < until:
        [name] = chance.choices(names, [often for *_, often in _PAGES])
        record = f"/o/{visitor['organisation']}/records/Invoices/{chance.choice(visitor['invoices'])}/"
        path = paths[name] or record
        headers = {"HX-Request": "true"} if path.startswith("/search/") else {}
        begun = time.perf_counter()
        answer = await client.get(path, headers=headers)
        visits.append((name, time.perf_counter() - begun, answer.status_code))
        await asyncio.sleep(chance.expovariate(1 / reading))
    return visits


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
