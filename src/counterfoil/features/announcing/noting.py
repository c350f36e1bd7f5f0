"""
Has the database note what is to be told of, in the transaction in which it happens, whoever writes.

So nothing told of is untrue, and nothing true is lost. For migrations: each feature says what happens in
its own tables. Without a subscription the statement finds none and writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import migrations


@dataclass(frozen=True)
class Noted:
    """
    What is told of rows of a table, in SQL about `written`, and about `before` where a row was changed.

    `changed` names the columns of which one has to be another; without any, only new rows are told of.
    `more` is told to those alone who chose to be told more than ids.
    """

    table: str
    kind: str
    stream: str
    at: str = "now()"
    record: str = "written.id::text"
    organisation: str = "written.organisation_id"
    more: Sequence[str] = field(default_factory=tuple)  # `written.NAME` and what is joined
    joins: str = ""
    changed: Sequence[str] = field(default_factory=tuple)
    is_told_when_new: bool = True

    def write(self, *, joined: str = "", where: str = "true") -> str:
        """Return the statement that notes rows."""
        more = ", ".join(f"'{name.partition('.')[2].partition('::')[0]}', {name}" for name in self.more)
        return f"""
            insert into announcing_event
                (workspace_id, subscription_id, kind, organisation_id, stream, record_id, at, more)
            select subscription.workspace_id, subscription.id, happened.kind, happened.organisation_id,
                   happened.stream, happened.record_id, happened.at,
                   case when subscription.holds_more then happened.more end
            from (
                select written.id as place, written.workspace_id, {self.kind} as kind,
                       {self.organisation} as organisation_id, {self.record} as record_id, {self.at} as at,
                       {self.stream} as stream, jsonb_build_object({more}) as more
                from written {joined} {self.joins}
                where {where}
            ) happened
            join announcing_subscription subscription
              on subscription.workspace_id = happened.workspace_id
             and happened.kind = any (subscription.kinds)
            where subscription.is_on
            order by happened.place;
        """  # noqa: S608 - migrations alone write it


def note_events(what: Noted, *, name: str) -> list[migrations.RunSQL]:
    """Return the steps of a migration after which the database notes this."""
    steps = []
    if what.is_told_when_new:
        steps.append(_make_trigger(what.table, f"{name}_new", "insert", "new table as written", what.write()))
    if what.changed:
        other = " or ".join(f"before.{one} is distinct from written.{one}" for one in what.changed)
        body = what.write(joined="join before on before.id = written.id", where=f"({other})")
        tables = "old table as before new table as written"
        steps.append(_make_trigger(what.table, f"{name}_changed", "update", tables, body))
    return steps


def _make_trigger(table: str, name: str, on: str, tables: str, body: str) -> migrations.RunSQL:
    function = f"announcing_note_{name}"
    return migrations.RunSQL(
        sql=[
            f"create or replace function {function}() returns trigger language plpgsql"
            f" set search_path from current as $$ begin {body} return null; end $$",
            f"create trigger note_{name} after {on} on {table} referencing {tables}"
            f" for each statement execute function {function}()",
        ],
        reverse_sql=[f"drop trigger note_{name} on {table}", f"drop function {function}()"],
    )
