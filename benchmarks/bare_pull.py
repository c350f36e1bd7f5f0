"""
The bare reference of a full copy: the same reads, decoded with msgspec, written by COPY and upsert.

No gate, no resume, no progress, no change log, no quarantine, no isolation between firms: what is
left is what the machine and the stand-in need at least. Prints one JSON object.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator

import django
import httpx
import msgspec
import psycopg
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
django.setup()

from counterfoil.sync.streams import STREAMS, Stream, Walk  # noqa: E402 - needs the settings
from counterfoil.xero.records.base import columns_of, read_record  # noqa: E402 - likewise
from counterfoil.xero.wire.pages import parse_page  # noqa: E402 - likewise

AT_ONCE = 5
BASE = "/api.xro/2.0/"


async def main(xero: str, dsn: str) -> None:
    """Pull everything once and say how long it took."""
    async with httpx.AsyncClient(base_url=xero, timeout=120, headers={"Accept-Encoding": "gzip"}) as http:
        token = (
            await http.post(
                "/connect/token",
                data={"grant_type": "client_credentials"},
                auth=(os.environ["XERO_CLIENT_ID"], os.environ["XERO_CLIENT_SECRET"]),
            )
        ).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        http.headers["Accept"] = "application/json"
        http.headers["xero-tenant-id"] = (await http.get("/connections")).json()[0]["tenantId"]
        with psycopg.connect(dsn, autocommit=True) as connection:
            for stream in STREAMS:
                make_tables(connection, stream)
            started = time.perf_counter()
            rows = 0
            for stream in STREAMS:
                async for body in read(http, stream):
                    rows += await asyncio.to_thread(store, connection, stream, body)
            seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": round(seconds, 3), "rows": rows}) + "\n")


async def read(http: httpx.AsyncClient, stream: Stream) -> AsyncIterator[bytes]:
    """Yield the pages of a stream, five at a time where their number is known."""
    params = {**stream.params, **stream.order}
    if stream.walk is Walk.WHOLE:
        yield (await http.get(BASE + stream.name, params=params)).content
        return
    if stream.walk is Walk.SHORT_PAGES:
        page, full = 1, True
        while full:
            body = (await http.get(BASE + stream.name, params={**params, "page": page})).content
            full = len(parse_page(body, stream.key).records) == 100
            page += 1
            yield body
        return

    async def get(page: int) -> bytes:
        answer = await http.get(BASE + stream.name, params={**params, "page": page, "pageSize": 1000})
        return answer.content

    first = await get(1)
    yield first
    pagination = parse_page(first, stream.key).pagination
    count = pagination.page_count if pagination else 1
    waiting: list[asyncio.Task[bytes]] = []
    for page in range(2, count + 1):
        waiting.append(asyncio.create_task(get(page)))
        if len(waiting) == AT_ONCE:
            yield await waiting.pop(0)
    for task in waiting:
        yield await task


def make_tables(connection: psycopg.Connection[tuple[object, ...]], stream: Stream) -> None:
    """Make a plain copy of the mirror's table, with the key and the indexes that it has."""
    table = stream.model._meta.db_table
    connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(f"bare_{table}")))
    connection.execute(
        sql.SQL("create table {} (like {} including indexes)").format(
            sql.Identifier(f"bare_{table}"), sql.Identifier(table)
        )
    )
    for column in ("workspace_id", "digest", "first_seen_at", "changed_here_at"):
        connection.execute(
            sql.SQL("alter table {} drop column {}").format(
                sql.Identifier(f"bare_{table}"), sql.Identifier(column)
            )
        )


def store(connection: psycopg.Connection[tuple[object, ...]], stream: Stream, body: bytes) -> int:
    """Decode a page and write it: COPY into a temporary table, one upsert."""
    columns = list(stream.record.columns())
    values = columns_of(stream.record)
    table, staging = (
        sql.Identifier(f"{prefix}_{stream.model._meta.db_table}") for prefix in ("bare", "came")
    )
    listed = sql.SQL(", ").join(map(sql.Identifier, [*columns, "raw"]))
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in [*columns, "raw"]
    )
    raws: list[msgspec.Raw] = parse_page(body, stream.key).records
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "create temporary table if not exists {} on commit delete rows"
                " as select {} from {} with no data"
            ).format(staging, listed, table)
        )
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(staging, listed)) as copy:
            for raw in raws:
                copy.write_row((*values(read_record(stream.record, raw)), bytes(raw).decode()))
        cursor.execute(
            sql.SQL(
                "insert into {} (organisation_id, {}) select 1, {} from {}"
                " on conflict (organisation_id, xero_id) do update set {}"
            ).format(table, listed, listed, staging, updates)
        )
    return len(raws)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
