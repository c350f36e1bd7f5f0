"""
What clients agreed to pay, what was worked and used for them, and which invoice billed it.

All of it is people's own work, so it outlives a removed connection (K2). What it names in Xero it names by
Xero's id or code, without a foreign key.
"""

from counterfoil.features.billing.models.agreed import (
    Agreement,
    AgreementChange,
    AgreementLine,
    LinePrice,
    Pause,
    Rate,
    RateCard,
)
from counterfoil.features.billing.models.runs import BillingChoices, BillingRun, RunInvoice, Service
from counterfoil.features.billing.models.worked import Expense, TimeEntry, UnitCount

__all__ = [
    "Agreement",
    "AgreementChange",
    "AgreementLine",
    "BillingChoices",
    "BillingRun",
    "Expense",
    "LinePrice",
    "Pause",
    "Rate",
    "RateCard",
    "RunInvoice",
    "Service",
    "TimeEntry",
    "UnitCount",
]
