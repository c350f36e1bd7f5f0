"""The row-level policy that every table of a workspace's data carries, as migration operations."""

from django.db.migrations.operations import RunSQL

_SETTING = "current_setting('counterfoil.workspace', true)"
# Compared as a number, of which the planner keeps statistics, and which costs a list of 100,000 rows a
# third less than comparing texts would. A setting that was never made is null, one that has ended is empty.
_IS_OURS = f"workspace_id = (select nullif(nullif({_SETTING}, ''), '*')::bigint)"
POLICY = f"({_IS_OURS} or (select {_SETTING}) = '*')"


def isolate(table: str) -> RunSQL:
    """
    Return the operation that binds the table's rows to the workspace of the transaction.

    `force` binds the tables' owner too: Counterfoil's own role.
    """
    return RunSQL(
        sql=[
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy of_workspace on {table} using {POLICY} with check {POLICY}",
        ],
        reverse_sql=[
            f"drop policy of_workspace on {table}",
            f"alter table {table} no force row level security",
            f"alter table {table} disable row level security",
        ],
    )
