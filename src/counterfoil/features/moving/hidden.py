"""Numbers of rows that stand where the database knows nothing of them: in texts, in columns without a key."""

from typing import Any

Numbers = dict[str, dict[int, int]]
"""For each table, which number became which."""

# What a write to Xero was asked for, by the feature that asked.
_CAUSES = {
    "invoice_draft": "invoicing_invoicedraft",
    "recharge": "recharging_recharge",
    "recharge_file": "invoicing_invoicedraft",
    "contact_fields": "clients_link",
}
# The name of a wish, between colons: of which tables the numbers after the first word are.
_INTENTS = {
    "invoice_draft": ("invoicing_invoicedraft",),
    "recharge": ("recharging_recharge", "invoicing_invoicedraft"),
    "recharge_file": ("invoicing_invoicedraft",),
    "contact-field": ("clients_link",),
}
# What the lines of an imported file became.
_UPLOADED = {
    "clients": "clients_client",
    "people": "clients_person",
    "deals": "clients_deal",
    "time": "billing_timeentry",
    "units": "billing_unitcount",
    "expenses": "billing_expense",
}


class Mending:
    """Puts the new numbers in, row by row, a table's file before its lines."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._uploads: dict[int, str] = {}

    def mend(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """
        Return the row with the new numbers in it.

        A wish's name must change along: it is granted once, and here its old number is another thing's.
        """
        match table:
            case "mirror_operation":
                row["intent_key"] = self._mend_intent(row["intent_key"])
                if owner := _CAUSES.get(row["cause_kind"]):
                    row["cause_id"] = self._renumber(row["cause_id"], owner)
            case "importing_upload":
                self._uploads[row["id"]] = row["kind"]
            case "importing_uploadrow":
                made = self._numbers[_UPLOADED[self._uploads[row["belongs_to_id"]]]]
                clients = self._numbers["clients_client"]
                for name, owners in (("found_id", made), ("made_id", made), ("made_client_id", clients)):
                    row[name] = owners.get(row[name])
        return row

    def _mend_intent(self, intent: str) -> str:
        first, *rest = intent.split(":")
        for place, owner in enumerate(_INTENTS.get(first, ())[: len(rest)]):
            rest[place] = self._renumber(rest[place], owner)
        return ":".join([first, *rest])

    def _renumber(self, text: str, owner: str) -> str:
        """What named a row that is gone must not name another one here: no row has a number below zero."""
        if not text.isdigit():
            return text
        return str(self._numbers[owner].get(int(text), -int(text)))
