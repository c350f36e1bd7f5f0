"""What a column of a file may be taken for, and how that is guessed from its name. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterfoil.features.importing.models import Upload

LEFT_OUT = ""
KEPT_IN_NOTES = "more_notes"


@dataclass(frozen=True)
class Meaning:
    """One thing that a column may hold, what it is called, and how other tools call it."""

    key: str
    label: str
    names: Sequence[str]


_NOTES = Meaning("notes", "Notes", ["notes", "note", "comments", "comment", "description", "remarks"])
_OWNER = Meaning(
    "owner",
    "Looked after by (e-mail address)",
    ["looked after by", "owner", "account manager", "sales owner", "assigned to", "owner email"],
)
_REACHING = [
    Meaning("email", "E-mail address", ["e-mail address", "email", "e-mail", "email address", "mail"]),
    Meaning("phone", "Phone", ["phone", "phone number", "telephone", "tel", "work phone", "main phone"]),
    Meaning("direct_phone", "Direct phone", ["direct phone", "direct dial", "ddi"]),
    Meaning(
        "mobile_phone", "Mobile phone", ["mobile phone", "mobile", "mobile number", "cell", "cell phone"]
    ),
    Meaning("fax", "Fax", ["fax", "fax number"]),
]
_WHOSE = [
    Meaning(
        "client",
        "Client (name)",
        ["client", "client name", "company", "company name", "account", "account name", "customer",
         "customer name", "organisation", "organization"],
    ),
    Meaning("client_number", "Client’s number", ["client number", "customer number", "account number"]),
]  # fmt: skip

_DAY = Meaning("day", "Day", ["day", "date", "work date", "spent date", "start date"])

MEANINGS: Mapping[str, Sequence[Meaning]] = {
    Upload.Kind.CLIENTS: [
        Meaning(
            "name",
            "Name",
            ["name", "client", "client name", "company", "company name", "customer", "customer name",
             "account name", "account", "organisation", "organization", "contact name", "contact",
             "business name"],
        ),
        Meaning(
            "number",
            "Number",
            ["number", "client number", "client no", "client code", "customer number", "contact number",
             "account number", "code", "client id", "customer id"],
        ),
        *_REACHING,
        Meaning("line_1", "Address, first line", ["address", "address line 1", "street", "address 1"]),
        Meaning("line_2", "Address, second line", ["address line 2", "address 2"]),
        Meaning("city", "Town or city", ["city", "town", "town or city", "town/city", "suburb"]),
        Meaning("region", "County, state or region", ["region", "state", "county", "province"]),
        Meaning("postal_code", "Postcode", ["postcode", "post code", "postal code", "zip", "zip code"]),
        Meaning("country", "Country", ["country"]),
        _OWNER,
        Meaning("tags", "Tags", ["tags", "tag", "labels", "category", "categories", "segment"]),
        _NOTES,
    ],
    Upload.Kind.PEOPLE: [
        *_WHOSE,
        Meaning("name", "Name", ["name", "full name", "person", "contact", "contact name", "display name"]),
        Meaning("first_name", "First name", ["first name", "given name", "forename"]),
        Meaning("last_name", "Last name", ["last name", "surname", "family name"]),
        Meaning("position", "Position", ["position", "job title", "title", "role", "job"]),
        *_REACHING,
        _NOTES,
    ],
    Upload.Kind.DEALS: [
        *_WHOSE,
        Meaning("name", "Name", ["name", "deal", "deal name", "title", "opportunity", "opportunity name"]),
        Meaning("stage", "Stage", ["stage", "deal stage", "status"]),
        Meaning("value", "Value", ["value", "deal value", "amount", "deal amount"]),
        Meaning("currency", "Currency", ["currency", "currency code"]),
        Meaning(
            "closes_on",
            "Expected to close",
            ["expected to close", "closes on", "close date", "closing date", "expected close",
             "expected close date"],
        ),
        _OWNER,
        _NOTES,
    ],
    Upload.Kind.TIME: [
        *_WHOSE,
        _DAY,
        Meaning("who", "Who worked", ["who", "person", "user", "employee", "staff", "team member", "name"]),
        Meaning("hours", "Hours", ["hours", "duration", "time", "hours worked", "quantity"]),
        Meaning("role", "Role", ["role", "position", "job title", "rate name"]),
        Meaning("deal", "Deal (name)", ["deal", "deal name", "project", "project name", "job"]),
        Meaning("note", "Note", ["note", "notes", "description", "task", "comment", "comments"]),
        Meaning("billable", "Is billed (yes or no)", ["billable", "is billed", "chargeable"]),
    ],
    Upload.Kind.UNITS: [
        *_WHOSE,
        _DAY,
        Meaning("quantity", "How many", ["quantity", "how many", "count", "units used", "usage", "qty"]),
        Meaning("agreement", "Agreement (name)", ["agreement", "contract", "subscription"]),
        Meaning("unit", "Unit", ["unit", "product", "item", "what"]),
        Meaning("note", "Note", ["note", "notes", "comment", "comments"]),
    ],
    Upload.Kind.EXPENSES: [
        *_WHOSE,
        _DAY,
        Meaning("description", "Description", ["description", "expense", "what", "item", "details", "note"]),
        Meaning("amount", "Amount", ["amount", "cost", "total", "value", "net amount"]),
        Meaning("currency", "Currency", ["currency", "currency code"]),
        Meaning("deal", "Deal (name)", ["deal", "deal name", "project", "project name", "job"]),
    ],
}  # fmt: skip

# What a file cannot do without, each of them by one of these.
NEEDED: Mapping[str, Sequence[Sequence[str]]] = {
    Upload.Kind.CLIENTS: [["name"]],
    Upload.Kind.PEOPLE: [["name", "first_name", "last_name"], ["client", "client_number"]],
    Upload.Kind.DEALS: [["name"], ["client", "client_number"]],
    Upload.Kind.TIME: [["day"], ["who"], ["hours"], ["client", "client_number"]],
    Upload.Kind.UNITS: [["day"], ["quantity"], ["client", "client_number"]],
    Upload.Kind.EXPENSES: [["day"], ["description"], ["amount"], ["client", "client_number"]],
}


def guess_meanings(kind: str, heads: Sequence[str]) -> list[str]:
    """Return what each column is taken for; one that nobody knows is kept in the notes."""
    simple = [" ".join(head.casefold().replace("_", " ").replace("-", " ").split()) for head in heads]
    guessed = [KEPT_IN_NOTES] * len(heads)
    for meaning in MEANINGS[kind]:
        names = [name.replace("-", " ") for name in meaning.names]
        # The best name comes first: beside "Name" a "Contact" is something else.
        free = [place for place, taken in enumerate(guessed) if taken == KEPT_IN_NOTES]
        known = [(names.index(simple[place]), place) for place in free if simple[place] in names]
        if known:
            guessed[min(known)[1]] = meaning.key
    return guessed


def is_possible(kind: str, meanings: Sequence[str]) -> str:
    """Return why these columns cannot be taken, or nothing when they can."""
    once = [meaning for meaning in meanings if meaning not in (LEFT_OUT, KEPT_IN_NOTES)]
    label = {meaning.key: meaning.label for meaning in MEANINGS[kind]}
    for key in once:
        if once.count(key) > 1:
            return f"Two columns are taken for “{label[key]}”. Choose one, and keep the other in the notes."
    for ways in NEEDED[kind]:
        if not set(ways) & set(once):
            wanted = " or ".join(f"“{label[key]}”" for key in ways)
            return f"Say which column is {wanted}: without it nothing can be added."
    return ""
