"""The menu: only what exists, in groups with room to grow."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One page in the menu; `pages` are the names of the addresses that belong to it."""

    title: str
    icon: str
    page: str
    pages: frozenset[str]


@dataclass(frozen=True)
class Group:
    """Entries under a common word; the first group has none."""

    title: str
    entries: Sequence[Entry]


def _entry(title: str, icon: str, page: str, *more: str) -> Entry:
    return Entry(title, icon, page, frozenset({page, *more}))


MENU = (
    Group(
        "",
        [
            _entry("Dashboard", "home", "dashboard"),
            _entry(
                "Clients",
                "people",
                "clients",
                "client",
                "add_client",
                "edit_client",
                "client_people",
                "person",
                "import",
                "upload",
            ),
            _entry("Deals", "tag", "deals", "deal", "edit_deal"),
            _entry("Invoices", "invoice", "invoices", "saved_views"),
            _entry("Raise invoices", "pencil", "drafts", "new_draft", "draft", "preview_drafts"),
        ],
    ),
    Group(
        "Finance",
        [
            _entry("Unmatched", "inbox", "unmatched"),
            _entry("Bills", "cart", "bills"),
            _entry("Costs", "inbox", "costs", "cost_rules", "new_cost_rule", "edit_cost_rule", "split_cost"),
            _entry("Payments", "check", "payments"),
            _entry("Credit notes", "undo", "credit_notes"),
            _entry("Bank transactions", "copy", "bank_transactions"),
            _entry("Accounts", "tag", "accounts"),
            _entry("Owed", "clock", "owed"),
            _entry("Contacts", "card", "contacts", "contact_groups", "contact_group"),
        ],
    ),
    Group(
        "Billing",
        [
            _entry("Month-end", "archive", "billing_runs", "billing_run", "start_billing"),
            _entry("Agreements", "invoice", "agreements", "agreement", "add_agreement", "edit_agreement"),
            _entry(
                "Recharges",
                "undo",
                "recharges",
                *("recharge", "split_line", "split_source", "edit_recharge_terms", "recharge_terms"),
                *("edit_rule_terms", "edit_client_terms"),
            ),
            _entry("Bill recharges", "arrow", "recharge_bills"),
            _entry("Renewals", "clock", "recharge_renewals"),
            _entry(
                "Time",
                "clock",
                "time",
                *("week", "expenses", "units", "add_time", "add_expense", "add_units", "edit_time"),
                *("edit_expense", "edit_units", "rate_cards", "add_rate_card", "rate_card"),
            ),
        ],
    ),
    Group(
        "Reminders",
        [
            _entry(
                "Campaigns",
                "clock",
                "reminders",
                "campaign",
                "new_campaign",
                "edit_campaign",
                "campaign_results",
            ),
            _entry("Coming", "eye", "reminder_calendar"),
            _entry("Messages", "arrow", "reminder_messages"),
            _entry("Replies", "inbox", "reminder_replies", "conversation"),
            _entry("Opt-outs", "slash", "reminder_wishes", "look_up_wishes", "note_wish"),
            _entry("Held back", "pause", "reminder_holds", "hold_reminders"),
            _entry("Sender", "gear", "reminder_sender", "save_reminder_sender"),
            _entry("Rules", "file", "reminder_rules", "country_rules", "decide_rules"),
        ],
    ),
    Group(
        "Reports",
        [
            _entry("Profit and loss", "half", "profit_and_loss", "profit_and_loss_pieces"),
            _entry("Profitability", "half", "profitability", "profit_behind"),
            _entry("Recovered", "undo", "recharge_report", "recharge_behind"),
            _entry("Receivables", "clock", "receivables"),
        ],
    ),
    Group(
        "Activity",
        [
            _entry("Sync", "pulse", "sync", "quarantine"),
            _entry("Outbox", "arrow", "outbox", "operation"),
            _entry("Conflicts", "half", "conflicts"),
            _entry("Changes", "pencil", "changes", "closed"),
            _entry("Proof", "check", "proof", "read_again"),
            _entry("Usage", "half", "usage"),
            _entry("Webhooks", "link", "told", "deliveries"),
        ],
    ),
    Group(
        "Firm",
        [
            _entry("Organisations", "link", "organisations"),
            _entry(
                "Settings",
                "gear",
                "settings",
                "integrations",
                "mappings",
                "edit_mapping",
                "copy_mappings",
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
            ),
            _entry("Help", "info", "help", "help_article"),
        ],
    ),
)
