"""Which of Xero's records our words mean: read, set, and copied from one organisation to another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.models import InvoicingChoices
from counterfoil.features.invoicing.models import Mapping as Row
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

Kind = Row.Kind
EVERYTHING_ELSE = ""
LONGEST_WORD = 100
METHODS = ("Bank transfer", "Card", "Direct debit", "Cash", "Cheque")

_OF_SERVICES = (Kind.ACCOUNT, Kind.TAX, Kind.ITEM, Kind.TRACKING)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one service means; empty where nothing is chosen. `tracking` has an option for each category."""

    account_id: str = ""
    tax_type: str = ""
    item_id: str = ""
    tracking: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """All mappings of one organisation."""

    services: Mapping[str, Meaning] = field(default_factory=dict)
    payment_accounts: Mapping[str, str] = field(default_factory=dict)
    branding_theme_id: str = ""

    @property
    def default(self) -> Meaning:
        """What every service means for which nothing of its own is chosen."""
        return self.services.get(EVERYTHING_ELSE, Meaning())

    def find(self, service: str) -> Meaning:
        """Return what was chosen for this service alone, without the default."""
        return self.services.get(service, Meaning()) if service else Meaning()

    def find_payment_account(self, method: str) -> str:
        """Return the account that money paid in this way goes to, or the one for all other ways."""
        return self.payment_accounts.get(method) or self.payment_accounts.get(EVERYTHING_ELSE, "")


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What could not be copied: the other organisation has nothing of that code or name."""

    kind: Kind
    ours: str
    name: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of copying."""

    count: int
    unmatched: Sequence[Unmatched]


class WordMissing(Exception):
    """A service needs a name."""

    def __init__(self) -> None:
        super().__init__(f"Give it a name of up to {LONGEST_WORD} letters.")


class WordTaken(Exception):
    """Another service has this name."""

    def __init__(self, word: str) -> None:
        super().__init__(f"“{word}” is mapped already. Choose another name, or change that one.")


def read_mappings(organisations: Sequence[int]) -> dict[int, Mapped]:
    """Return the mappings of each organisation; one query."""
    found: dict[int, dict[str, dict[str, str | dict[str, str]]]] = {key: {} for key in organisations}
    payments: dict[int, dict[str, str]] = {key: {} for key in organisations}
    themes: dict[int, str] = {}
    for row in Row.objects.filter(organisation__in=organisations).order_by("ours"):
        match row.kind:
            case Kind.PAYMENT_ACCOUNT:
                payments[row.organisation_id][row.ours] = row.xero_id
            case Kind.BRANDING:
                themes[row.organisation_id] = row.xero_id
            case _:
                service = found[row.organisation_id].setdefault(row.ours, {"tracking": {}})
                if row.kind == Kind.TRACKING:
                    tracking = service["tracking"]
                    assert isinstance(tracking, dict)
                    tracking[row.category_id] = row.xero_id
                else:
                    service[_FIELDS[Kind(row.kind)]] = row.xero_id
    return {
        key: Mapped(
            services={name: Meaning(**meaning) for name, meaning in found[key].items()},  # type: ignore[arg-type]  # the fields of _FIELDS are texts
            payment_accounts=payments[key],
            branding_theme_id=themes.get(key, ""),
        )
        for key in organisations
    }


_FIELDS = {Kind.ACCOUNT: "account_id", Kind.TAX: "tax_type", Kind.ITEM: "item_id"}


def map_service(
    organisation: Organisation, *, ours: str, meaning: Meaning, by: User, now: datetime, was: str = ""
) -> None:
    """
    Say what a service means; `was` is its name until now, when it is renamed.

    Raises WordMissing and WordTaken.
    """
    ours = _read_word(ours)
    rows = Row.objects.filter(organisation=organisation, kind__in=_OF_SERVICES)
    if ours != was and rows.filter(ours=ours).exists():
        raise WordTaken(ours)
    rows.filter(ours__in={ours, was} - {EVERYTHING_ELSE}).delete()
    _keep_meaning(organisation, ours, meaning, by=by, now=now)


def map_everything_else(organisation: Organisation, *, meaning: Meaning, by: User, now: datetime) -> None:
    """Say what a line means whose service is not mapped, or that has none."""
    forget_service(organisation, ours=EVERYTHING_ELSE)
    _keep_meaning(organisation, EVERYTHING_ELSE, meaning, by=by, now=now)


def forget_service(organisation: Organisation, *, ours: str) -> None:
    """Forget what a service means; it means what everything else does then."""
    Row.objects.filter(organisation=organisation, kind__in=_OF_SERVICES, ours=ours).delete()


def map_payments(organisation: Organisation, *, accounts: Mapping[str, str], by: User, now: datetime) -> None:
    """Say for each way to pay which account the money goes to; an empty id takes the choice away."""
    _replace(organisation, Kind.PAYMENT_ACCOUNT, accounts, by=by, now=now)


def map_branding(organisation: Organisation, *, theme_id: str, by: User, now: datetime) -> None:
    """Say how invoices from here look; an empty id leaves it to Xero."""
    _replace(organisation, Kind.BRANDING, {EVERYTHING_ELSE: theme_id}, by=by, now=now)


def get_choices(organisation: Organisation) -> InvoicingChoices:
    """Return how invoices of this organisation are raised, or the defaults; one query."""
    chosen = InvoicingChoices.objects.filter(organisation=organisation).first()
    return chosen or InvoicingChoices(organisation=organisation, workspace_id=organisation.workspace_id)


def choose(
    organisation: Organisation, *, amounts_are: str, decimals: int, due_days: int, by: User, now: datetime
) -> None:
    """Keep how invoices of this organisation begin."""
    InvoicingChoices.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": organisation.workspace_id,
            "amounts_are": amounts_are,
            "decimals": decimals,
            "due_days": due_days,
            "set_by": by,
            "set_at": now,
        },
    )


def copy_mappings(*, source: Organisation, target: Organisation, by: User, now: datetime) -> Copied:
    """
    Take over what is mapped in another organisation, by the code or name of what is meant.

    What the target has mapped already stays. What it has nothing like is listed, and not mapped.
    """
    books = read_books([source.pk, target.pk])
    index = _index(books[target.pk])
    names = _name_all(books[source.pk])
    mine = set(Row.objects.filter(organisation=target).values_list("kind", "ours", "category_id").order_by())
    made, unmatched = [], []
    for row in Row.objects.filter(organisation=source).order_by("ours", "kind", "pk"):
        kind = Kind(row.kind)
        name = names.get((kind, row.xero_id), "")
        category, xero_id = index.get((kind, name), ("", ""))
        if not xero_id:
            unmatched.append(
                Unmatched(kind, row.ours, _say(name) or "something that is not in Xero any more")
            )
        elif (row.kind, row.ours, category) not in mine:
            made.append(_row(target, kind, row.ours, xero_id, by=by, now=now, category=category))
    Row.objects.bulk_create(made)
    return Copied(len(made), unmatched)


def _name_all(books: Books) -> dict[tuple[Kind, str], str]:
    return {(kind, xero_id): name for kind, name, _, xero_id, _ in _list_records(books)}


def _index(books: Books) -> dict[tuple[Kind, str], tuple[str, str]]:
    return {
        (kind, name): (category, xero_id)
        for kind, name, category, xero_id, is_active in _list_records(books)
        if is_active
    }


def _list_records(books: Books) -> Iterator[tuple[Kind, str, str, str, bool]]:
    """Yield every record that can be meant: kind, what it is recognised by, category, id, in use."""
    for account in books.accounts.values():
        yield Kind.ACCOUNT, account.code, "", account.xero_id, account.is_active
        yield Kind.PAYMENT_ACCOUNT, account.code, "", account.xero_id, account.is_active
    for tax in books.taxes.values():
        yield Kind.TAX, tax.tax_type, "", tax.tax_type, tax.is_active
    for item in books.items.values():
        yield Kind.ITEM, item.code.lower(), "", item.xero_id, True
    for category in books.categories.values():
        for option in category.options.values():
            name = f"{category.name}\n{option.name}"
            yield Kind.TRACKING, name, category.xero_id, option.xero_id, option.is_active
    for theme_id, name in books.themes.items():
        yield Kind.BRANDING, name, "", theme_id, True


def _say(name: str) -> str:
    return name.replace("\n", ": ")


def _keep_meaning(
    organisation: Organisation, ours: str, meaning: Meaning, *, by: User, now: datetime
) -> None:
    chosen = [
        (Kind.ACCOUNT, "", meaning.account_id),
        (Kind.TAX, "", meaning.tax_type),
        (Kind.ITEM, "", meaning.item_id),
        *((Kind.TRACKING, category, option) for category, option in meaning.tracking.items()),
    ]
    Row.objects.bulk_create(
        _row(organisation, kind, ours, xero_id, by=by, now=now, category=category)
        for kind, category, xero_id in chosen
        if xero_id
    )


def _replace(
    organisation: Organisation, kind: Kind, chosen: Mapping[str, str], *, by: User, now: datetime
) -> None:
    Row.objects.filter(organisation=organisation, kind=kind, ours__in=list(chosen)).delete()
    Row.objects.bulk_create(
        _row(organisation, kind, _read_word(ours) if ours else ours, xero_id, by=by, now=now)
        for ours, xero_id in chosen.items()
        if xero_id
    )


def _row(
    organisation: Organisation,
    kind: Kind,
    ours: str,
    xero_id: str,
    *,
    by: User,
    now: datetime,
    category: str = "",
) -> Row:
    return Row(
        workspace_id=organisation.workspace_id,
        organisation=organisation,
        kind=kind,
        ours=ours,
        xero_id=xero_id,
        category_id=category,
        set_by=by,
        set_at=now,
    )


def _read_word(word: str) -> str:
    word = " ".join(word.split())
    if not word or len(word) > LONGEST_WORD:
        raise WordMissing
    return word
