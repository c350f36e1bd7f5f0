"""
How fast costs are scanned for recharges at full size: 50,000 bank transactions of two lines, 200 rules.

    python -m benchmarks.recharging [--spent N] [--rules N] [--terms N]   prints a table

The lines were read as they were copied; then all rules are made, asked of every line, and what they say is
kept. Their terms make proposals of what fits.
"""

import argparse
import os
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.own_database import own_database, print_lines
from benchmarks.pages import fill_firm
from benchmarks.past import START
from benchmarks.profitability import _rule, _spend
from benchmarks.timing import take_time


def main() -> None:
    """Fill a database of its own, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spent", type=int, default=50_000)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--terms", type=int, default=20)
    given = parser.parse_args()
    with own_database():
        print_lines(measure(given.spent, given.rules, given.terms))


def measure(spent: int, rules: int, terms: int) -> Iterator[str]:
    """Yield a line for each job, with its seconds."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from counterfoil.features.recharging.models import Recharge
    from counterfoil.features.recharging.queue import View, balance, count_views, list_rows
    from counterfoil.features.recharging.scanning import begin_watch, find_watch, look
    from counterfoil.features.recharging.terming import set_rule_terms
    from counterfoil.features.spending.attributing import attribute_all_costs
    from counterfoil.features.spending.gathering import gather_lines
    from counterfoil.features.spending.models import Rule
    from counterfoil.mirror.scope import in_workspace

    call_command("migrate", verbosity=0)
    _, organisation = fill_firm(1_000)
    now = START + timedelta(hours=2)
    with in_workspace(organisation.workspace_id):
        _spend(organisation, spent)
    yield "| job | seconds (computing here + in the database) |\n|---|---|"
    yield f"| read and attribute the lines | {take_time(lambda: gather_lines(organisation, now=now))} |"
    with in_workspace(organisation.workspace_id):
        _rule(organisation, rules)
        for rule in Rule.objects.order_by("place")[:terms]:
            set_rule_terms(organisation, rule, fields={}, by="", now=now)
        begin_watch(organisation, since=date(2025, 1, 1), by="", now=now)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    scanned = take_time(lambda: attribute_all_costs(organisation))
    yield f"| scan {spent:,} bank transactions against {rules} rules | {scanned} |"
    first = take_time(lambda: look(organisation, now=now))
    with in_workspace(organisation.workspace_id):
        count = Recharge.objects.count()
    yield f"| propose {count:,} recharges | {first} |"
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    yield f"| look again, nothing changed | {take_time(lambda: look(organisation, now=now))} |"
    with in_workspace(organisation.workspace_id):
        watch = find_watch(organisation)
        assert watch is not None
        asked = {
            "what became of all that was scanned": lambda: balance(organisation, since=watch.since),
            "count the lists": lambda: count_views(organisation, watch),
            "the first page of what waits": lambda: list_rows(organisation, watch, view=View.FOUND),
            "the first page of proposals": lambda: list_rows(organisation, watch, view=View.PROPOSED),
        }
        for name, ask in asked.items():
            yield f"| {name} | {take_time(ask)} |"


if __name__ == "__main__":
    main()
