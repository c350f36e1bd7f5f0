"""What becomes of a contact's fields when we, Xero, and what both last agreed are compared (K16)."""

from counterfoil.domain.agreeing.planning import plan, plan_record
from counterfoil.domain.agreeing.plans import (
    Action,
    Agree,
    Ask,
    Plan,
    Pull,
    Push,
    Recall,
    Settle,
    Step,
    UnsafePlan,
    Wait,
    Why,
)
from counterfoil.domain.agreeing.sides import (
    AtFirst,
    Contact,
    Counterpart,
    Fate,
    OurRecord,
    Sent,
    say_contact,
)

__all__ = [
    "Action",
    "Agree",
    "Ask",
    "AtFirst",
    "Contact",
    "Counterpart",
    "Fate",
    "OurRecord",
    "Plan",
    "Pull",
    "Push",
    "Recall",
    "Sent",
    "Settle",
    "Step",
    "UnsafePlan",
    "Wait",
    "Why",
    "plan",
    "plan_record",
    "say_contact",
]
