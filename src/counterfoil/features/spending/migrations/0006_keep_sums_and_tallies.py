"""Let the database keep the sums of months and the counts of costs, so that no page adds up every line."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate
from counterfoil.mirror.tables import AtOnce

_OF_BOOKS = {"db_index": False, "on_delete": django.db.models.deletion.CASCADE, "related_name": "+"}

# Whoever writes parts or lines, and however: what they add up to follows in the same transaction. What came
# counts once and what went once less, so that a row that stays what it was touches nothing. Rows are
# written in one order, so that two who write do not wait for each other.
_FUNCTION = """
create function {function}_{event}() returns trigger language plpgsql as $$
begin
    insert into {table} as kept (organisation_id, workspace_id, {keys}, {sums})
    select organisation_id, workspace_id, {keys}, {sums} from (
        select organisation_id, workspace_id, {select} from ({written}) written
        {where} group by {places}
    ) difference
    where {is_any} order by {places}
    on conflict (organisation_id, {keys}) do update set {added};
    if tg_op <> 'INSERT' then
        delete from {table} where organisation_id in (select organisation_id from went) and {count} <= 0;
    end if;
    return null;
end $$
"""
_WRITTEN = {
    "insert": "select 1 as times, came.* from came",
    "delete": "select -1 as times, went.* from went",
    "update": "select 1 as times, came.* from came union all select -1 as times, went.* from went",
}
_TOLD = {
    "insert": "referencing new table as came",
    "delete": "referencing old table as went",
    "update": "referencing new table as came old table as went",
}


class _Kept:
    """What a table keeps of another: by which keys, and what is added up."""

    def __init__(
        self, table: str, of: str, keys: dict[str, str], sums: dict[str, str], where: str = ""
    ) -> None:
        self.table, self.of, self.keys, self.sums, self.where = table, of, keys, sums, where
        self.function = f"{table}_keep"

    def list_statements(self) -> list[str]:
        """Return what makes the functions and the triggers."""
        return [
            statement
            for event in _WRITTEN
            for statement in (
                self.write_function(event),
                f"create trigger keep_sums_{event} after {event} on {self.of} {_TOLD[event]}"
                f" for each statement execute function {self.function}_{event}()",
            )
        ]

    def list_reverse(self) -> list[str]:
        """Return what drops them."""
        return [f"drop function {self.function}_{event}() cascade" for event in _WRITTEN]

    def write_function(self, event: str) -> str:
        """Return what makes the function of one event."""
        places = ", ".join(str(place) for place in range(1, len(self.keys) + 3))
        text = _FUNCTION.format(
            function=self.function,
            event=event,
            table=self.table,
            keys=", ".join(self.keys),
            sums=", ".join(self.sums),
            select=self.write_select(),
            written=_WRITTEN[event],
            where=self.where,
            places=places,
            is_any=" or ".join(f"{name} <> 0" for name in self.sums),
            added=", ".join(f"{name} = kept.{name} + excluded.{name}" for name in self.sums),
            count=next(iter(self.sums)),
        )
        if event == "insert":  # there is nothing that went
            text = text[: text.index("    if tg_op")] + text[text.index("    return null") :]
        return text

    def write_select(self) -> str:
        """Return the columns of a difference."""
        columns = {**self.keys, **{name: f"sum({what})" for name, what in self.sums.items()}}
        return ", ".join(f"{what} as {name}" for name, what in columns.items())

    def write_fill(self) -> str:
        """Return what adds up all that is there."""
        places = ", ".join(str(place) for place in range(1, len(self.keys) + 3))
        names = ", ".join([*self.keys, *self.sums])
        return (
            f"insert into {self.table} (organisation_id, workspace_id, {names})"  # noqa: S608  # our own names
            f" select organisation_id, workspace_id, {self.write_select()}"
            f" from (select 1 as times, {self.of}.* from {self.of}) written {self.where} group by {places}"
        )


_KEPT = [
    _Kept(
        "spending_monthsum",
        "spending_part",
        keys={
            "month": "date_trunc('month', day)::date",
            "client_id": "coalesce(client_id, 0)",
            "deal_id": "coalesce(deal_id, 0)",
            "side": "side",
            "standing": "standing",
        },
        sums={"parts": "times", "amount": "times * amount", "settled": "times * settled"},
    ),
    _Kept(
        "spending_costtally",
        "spending_line",
        keys={
            "standing": "standing",
            "is_skipped": "is_skipped",
            "has_changed": "has_changed",
            "is_unconverted": "amount is null",
        },
        sums={"lines": "times"},
        where="where side = 'cost'",
    ),
]


class Migration(migrations.Migration):
    """The tables, row-level security, the triggers, the sums of what is there; an index for each list."""

    dependencies = [
        ("mirror", "0005_name_the_schema_of_fold"),
        ("spending", "0005_attribute_what_is_recharged"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="MonthSum",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("organisation", models.ForeignKey(to="mirror.organisation", **_OF_BOOKS)),
                    ("workspace", models.ForeignKey(to="mirror.workspace", **_OF_BOOKS)),
                    ("month", models.DateField()),
                    ("client_id", models.BigIntegerField()),
                    ("deal_id", models.BigIntegerField()),
                    (
                        "side",
                        models.CharField(
                            choices=[("revenue", "Revenue"), ("cost", "Cost"), ("other", "Neither")],
                            max_length=7,
                        ),
                    ),
                    (
                        "standing",
                        models.CharField(
                            choices=[
                                ("attributed", "Attributed"),
                                ("overhead", "Overhead"),
                                ("open", "Unattributed"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("parts", models.BigIntegerField()),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("settled", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=["organisation", "month", "client_id", "deal_id", "side", "standing"],
                            name="spending_month_once",
                        )
                    ],
                    "indexes": [
                        models.Index(
                            fields=["organisation"],
                            condition=models.Q(parts__lte=0),
                            name="spending_month_without_parts",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="CostTally",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("organisation", models.ForeignKey(to="mirror.organisation", **_OF_BOOKS)),
                    ("workspace", models.ForeignKey(to="mirror.workspace", **_OF_BOOKS)),
                    (
                        "standing",
                        models.CharField(
                            choices=[
                                ("attributed", "Attributed"),
                                ("overhead", "Overhead"),
                                ("open", "Unattributed"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("is_skipped", models.BooleanField()),
                    ("has_changed", models.BooleanField()),
                    ("is_unconverted", models.BooleanField()),
                    ("lines", models.BigIntegerField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=[
                                "organisation",
                                "standing",
                                "is_skipped",
                                "has_changed",
                                "is_unconverted",
                            ],
                            name="spending_tally_once",
                        )
                    ]
                },
            ),
            migrations.RemoveIndex(
                model_name="line",
                name="spending_line_open",
            ),
            migrations.RemoveIndex(
                model_name="line",
                name="spending_line_tally",
            ),
            migrations.AddIndex(
                model_name="line",
                index=models.Index(
                    condition=models.Q(("side", "cost"), ("standing", "open")),
                    fields=["organisation", "is_skipped", "-day", "-id"],
                    name="spending_line_open",
                ),
            ),
            migrations.AddIndex(
                model_name="line",
                index=models.Index(
                    condition=models.Q(("side", "cost"), models.Q(("standing", "open"), _negated=True)),
                    fields=["organisation", "-day", "-id"],
                    name="spending_line_decided",
                ),
            ),
            migrations.AddIndex(
                model_name="line",
                index=models.Index(
                    condition=models.Q(("has_changed", True), ("side", "cost")),
                    fields=["organisation", "-day", "-id"],
                    name="spending_line_changed",
                ),
            ),
        ),
        isolate("spending_monthsum"),
        isolate("spending_costtally"),
        migrations.RunSQL(
            sql=[
                *(statement for kept in _KEPT for statement in kept.list_statements()),
                "select set_config('counterfoil.workspace', '*', true)",
                *(kept.write_fill() for kept in _KEPT),
                "select set_config('counterfoil.workspace', '', true)",
            ],
            reverse_sql=[statement for kept in _KEPT for statement in kept.list_reverse()],
        ),
    ]
