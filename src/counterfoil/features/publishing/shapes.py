"""What a view is made of, and the columns that many of them have."""

from dataclasses import dataclass

TEXT, NUMBER, WHOLE, DAY, MOMENT, YES = (
    "text",
    "numeric",
    "bigint",
    "date",
    "timestamp with time zone",
    "boolean",
)


@dataclass(frozen=True)
class Column:
    """One column: its name, the type that is promised, how it is read, and what it means."""

    name: str
    type: str
    source: str
    meaning: str


@dataclass(frozen=True)
class View:
    """One view: what a row of it is, and from where; `r` is the table whose firm decides who sees the row."""

    name: str
    row: str
    source: str
    columns: tuple[Column, ...]


def same(type_: str, *pairs: tuple[str, str]) -> tuple[Column, ...]:
    """Return columns that are called as in the table."""
    return tuple(Column(name, type_, f"r.{name}", meaning) for name, meaning in pairs)


def number_here(name: str, meaning: str, source: str = "r.id") -> Column:
    """Return the column of a number that Counterfoil gave."""
    return Column(name, WHOLE, source, meaning)


ORGANISATION = (
    number_here("organisation_id", "The organisation’s number here", "r.organisation_id"),
    Column("organisation", TEXT, "o.name", "Its name"),
)
OF_ORGANISATION = "left join mirror_organisation o on o.id = r.organisation_id"
CLIENT = (
    number_here("client_id", "The client", "r.client_id"),
    Column("client", TEXT, "c.name", "The client’s name"),
)
OF_CLIENT = "left join clients_client c on c.id = r.client_id"
SEEN = same(
    MOMENT,
    ("updated_at", "When Xero last changed it"),
    ("gone_at", "Since when Xero no longer has it; empty while it has"),
)


def id_of_xero(name: str, meaning: str) -> Column:
    """Return the column of the id that Xero gave."""
    return Column(name, TEXT, "r.xero_id", meaning)


def amounts(*names: tuple[str, str]) -> tuple[Column, ...]:
    """Return amounts beside their currency."""
    return (*same(TEXT, ("currency", "The currency of the amounts")), *same(NUMBER, *names))


def rows_of(table: str, condition: str = "true", *joins: str) -> str:
    """Return from where a view is read, with what is joined to it."""
    return " ".join([f"from {table} r", *joins, f"where {condition}"])


BASE_CURRENCY = (
    "(select p.base_currency from mirror_organisationprofile p"
    " where p.organisation_id = r.organisation_id and p.gone_at is null limit 1)"
)
