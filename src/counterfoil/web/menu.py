"""The menu: only what exists, in groups that fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Entry:
    """One page in the menu; `pages` are the names of the addresses that belong to it."""

    title: str
    page: str
    pages: frozenset[str]
    icon: str = ""

    @property
    def key(self) -> str:
        """The letter that goes to it after `g`, if there is one."""
        return _KEYS.get(self.page, "")


@dataclass(frozen=True)
class Group:
    """Entries that fold under a common word; those of a group without a word are always in sight."""

    title: str
    icon: str
    entries: Sequence[Entry]

    @cached_property
    def pages(self) -> frozenset[str]:
        """The names of the addresses that belong to any of its entries."""
        return frozenset().union(*(entry.pages for entry in self.entries))


_KEYS = {"dashboard": "d", "clients": "c", "invoices": "i", "unmatched": "u", "settings": "s"}


def _entry(title: str, page: str, *more: str, icon: str = "") -> Entry:
    return Entry(title, page, frozenset({page, *more}), icon)


MENU = (
    Group(
        "",
        "",
        [
            _entry("Dashboard", "dashboard", icon="home"),
            _entry(
                "Clients",
                "clients",
                "client",
                "add_client",
                "edit_client",
                "client_people",
                "person",
                "import",
                "upload",
                icon="people",
            ),
            _entry("Deals", "deals", "deal", "edit_deal", icon="tag"),
            _entry("Invoices", "invoices", "saved_views", "record_on_invoice", icon="invoice"),
            _entry("Raise invoices", "drafts", "new_draft", "draft", "preview_drafts", icon="pencil"),
        ],
    ),
    Group(
        "Finance",
        "card",
        [
            _entry("Unmatched", "unmatched"),
            _entry("Bills", "bills"),
            _entry("Costs", "costs", "cost_rules", "new_cost_rule", "edit_cost_rule", "split_cost"),
            _entry("Payments", "payments"),
            _entry("Credit notes", "credit_notes"),
            _entry("Bank transactions", "bank_transactions"),
            _entry("Accounts", "accounts"),
            _entry("Owed", "owed"),
            _entry("Contacts", "contacts", "contact_groups", "contact_group"),
        ],
    ),
    Group(
        "Billing",
        "archive",
        [
            _entry("Month-end", "billing_runs", "billing_run", "start_billing"),
            _entry("Agreements", "agreements", "agreement", "add_agreement", "edit_agreement"),
            _entry(
                "Recharges",
                "recharges",
                *("recharge", "split_line", "split_source", "edit_recharge_terms", "recharge_terms"),
                *("edit_rule_terms", "edit_client_terms"),
            ),
            _entry("Bill recharges", "recharge_bills"),
            _entry("Renewals", "recharge_renewals"),
            _entry(
                "Time",
                "time",
                *("week", "expenses", "units", "add_time", "add_expense", "add_units", "edit_time"),
                *("edit_expense", "edit_units", "rate_cards", "add_rate_card", "rate_card"),
            ),
        ],
    ),
    Group(
        "Reminders",
        "speech",
        [
            _entry(
                "Campaigns",
                "reminders",
                "campaign",
                "new_campaign",
                "edit_campaign",
                "campaign_results",
            ),
            _entry("Coming", "reminder_calendar"),
            _entry("Messages", "reminder_messages"),
            _entry("Replies", "reminder_replies", "conversation"),
            _entry("Opt-outs", "reminder_wishes", "look_up_wishes", "note_wish"),
            _entry("Held back", "reminder_holds", "hold_reminders"),
            _entry("Sender", "reminder_sender", "save_reminder_sender"),
            _entry("Rules", "reminder_rules", "country_rules", "decide_rules"),
        ],
    ),
    Group(
        "Reports",
        "bars",
        [
            _entry("Profit and loss", "profit_and_loss", "profit_and_loss_pieces"),
            _entry("Profitability", "profitability", "profit_behind"),
            _entry("Recovered", "recharge_report", "recharge_behind"),
            _entry("Receivables", "receivables"),
        ],
    ),
    Group(
        "Activity",
        "pulse",
        [
            _entry("Sync", "sync", "quarantine"),
            _entry("Outbox", "outbox", "operation"),
            _entry("Conflicts", "conflicts"),
            _entry("Changes", "changes", "closed"),
            _entry("Proof", "proof", "read_again"),
            _entry("Usage", "usage"),
            _entry("Webhooks", "told", "deliveries"),
        ],
    ),
    Group(
        "",
        "",
        [
            _entry("Organisations", "organisations", icon="link"),
            _entry(
                "Settings",
                "settings",
                "integrations",
                "mappings",
                "edit_mapping",
                "copy_mappings",
                "new_tax_rate",
                "diagnostics",
                "contact_fields",
                "webhook_settings",
                "api_tokens",
                "events",
                "add_events",
                "add_token",
                "audit",
                "your_data",
                "your_data_person",
                "hand_person_over",
                "erase_person",
                "xero_app",
                "xero_app_alias",
                "check_xero_app",
                "history",
                "people",
                "invite",
                "remove_person",
                "hand_over",
                "leave",
                "security",
                "permissions",
                "remove",
                "forget",
                "migrate",
                "migration",
                "setting_up",
                "choose",
                "callback",
                icon="gear",
            ),
            _entry("Help", "help", "help_article", icon="info"),
        ],
    ),
)
