"""The row-level policy that every table of a workspace's data carries, as migration operations."""

from django.db.migrations.operations import RunSQL

_WHOSE = "(select current_setting('counterfoil.workspace', true))"


def isolate(table: str, column: str = "workspace_id") -> RunSQL:
    """
    Return the operation that binds the table's rows to the workspace of the transaction.

    `force` binds the tables' owner too: Counterfoil's own role.
    """
    policy = f"({_WHOSE} = '*' or {column}::text = {_WHOSE})"
    return RunSQL(
        sql=[
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy of_workspace on {table} using {policy} with check {policy}",
        ],
        reverse_sql=[
            f"drop policy of_workspace on {table}",
            f"alter table {table} no force row level security",
            f"alter table {table} disable row level security",
        ],
    )
