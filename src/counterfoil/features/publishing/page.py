"""Writes docs/sql-views.md: `python -m counterfoil.features.publishing.page > docs/sql-views.md`."""

import sys

from counterfoil.features.publishing.shapes import View
from counterfoil.features.publishing.views import VIEWS

_HEAD = """\
# SQL views

Tools that speak SQL (a spreadsheet, Metabase, Power BI, `psql`, pandas) read a firm's data in the
schema `reporting`. Names and types
stay; what is new is added. The page is written from the views themselves, and a test holds both together.

```bash
counterfoil reporting-role --workspace "My firm"
```

makes a role that reads one firm and nothing else, and shows its password once. Run it again for a
new password, and with `--end NAME` to
take the role away. Where the server does not let Counterfoil make roles, the command prints what an
administrator has to run.

- A role reads these views only: no other table, and nothing can be written. What other firms have
  does not exist for it, whatever
  it sets: the views ask for its name, and below them the tables' own policies hold as they do for
  everybody.
- Amounts are `numeric` and stand beside their currency, days are `date`, moments carry their zone.
  Ids of Xero's are text.
- What Xero no longer has stays as a row with `gone_at`; leave it out of sums with `where gone_at is
  null`. Voided and deleted
  documents say so in `status`.
- No secret is in any view, no text of a message, and no address that one went to.
- A query ends after five minutes. The server that Counterfoil brings listens on a socket of its own
  machine only; for tools
  elsewhere use a server of yours (`DATABASE_URL`).
"""

_EXAMPLE = """
```sql
select contact_name, currency, sum(amount_due) as due
from invoices
where status = 'AUTHORISED' and gone_at is null and due_date < current_date
group by contact_name, currency
order by due desc;
```
"""


def render_page() -> str:
    """Return the page."""
    return "\n".join([_HEAD + _EXAMPLE, *(_render(view) for view in VIEWS)])


def _render(view: View) -> str:
    rows = "\n".join(f"| `{one.name}` | {one.type} | {one.meaning} |" for one in view.columns)
    return f"## {view.name}\n\n{view.row}.\n\n| column | type | what it is |\n|---|---|---|\n{rows}\n"


if __name__ == "__main__":
    sys.stdout.write(render_page())
