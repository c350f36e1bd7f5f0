"""
The least that reading costs could take: nothing is attributed, nor held against what is here already.

Reads the same texts, decodes the same structs, and writes the same rows by COPY; asks rules one by one.
"""

from typing import Any

BATCH = 2000


def read_bare(organisation: Any) -> int:
    """Write a line and a part for each line of all documents, return how many, and take them back."""
    from django.db import transaction

    from counterfoil.features.spending.models import Line, Part
    from counterfoil.features.spending.reading import SIGNS, read_chart, read_lines
    from counterfoil.mirror.scope import in_workspace
    from counterfoil.mirror.storing import store_rows
    from counterfoil.sync.streams import STREAM_BY_NAME

    count = 0
    with in_workspace(organisation.workspace_id):
        chart = read_chart(organisation)
        for stream in SIGNS:
            documents: Any = STREAM_BY_NAME[stream].model._default_manager.order_by("xero_id").defer("digest")
            last = ""
            while records := list(documents.filter(xero_id__gt=last)[:BATCH]):
                last = records[-1].xero_id
                lines = [line for record in records for line in read_lines(stream, record, chart)]
                store_rows(Line, lines)
                store_rows(Part, [_make_part(line) for line in lines])
                count += len(lines)
        transaction.set_rollback(True)
    return count


def _make_part(line: Any) -> Any:
    from counterfoil.features.spending.models import Part

    return Part(
        organisation_id=line.organisation_id,
        workspace_id=line.workspace_id,
        line_id=line.pk,
        side=line.side,
        standing=line.standing,
        day=line.day,
        net=line.net,
        amount=line.amount,
        settled=line.settled,
    )


def scan_bare(asked: list[tuple[str, str]], costs: list[tuple[str, str]]) -> int:
    """Look for the first rule that fits each cost, by supplier or words alone; return how many have one."""
    found = 0
    for contact_id, description in costs:
        text = description.lower()
        for supplier, words in asked:
            if supplier == contact_id if supplier else words in text:
                found += 1
                break
    return found
