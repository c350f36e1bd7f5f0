"""What can be asked for the dashboard: totals per currency, and what changed lately."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from counterfoil.domain.money import Money
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.owed import sum_owed
from counterfoil.mirror.models import Contact, Invoice


@dataclass(frozen=True)
class Owed:
    """Money owed in one currency."""

    open: Money
    overdue: Money
    open_count: int
    overdue_count: int


@dataclass(frozen=True)
class Totals:
    """The figures at the top of the dashboard."""

    customers: int
    contacts: int
    invoices: int
    bills: int
    owed: Sequence[Owed]

    @property
    def open_count(self) -> int:
        """Sales invoices that are unpaid and not overdue, in all currencies."""
        return sum(owed.open_count for owed in self.owed)

    @property
    def overdue_count(self) -> int:
        """Sales invoices past their day, in all currencies."""
        return sum(owed.overdue_count for owed in self.owed)

    @property
    def open(self) -> list[Money]:
        """What is open, one amount per currency: currencies are never added."""
        return [owed.open for owed in self.owed if owed.open_count]

    @property
    def overdue(self) -> list[Money]:
        """What is overdue, one amount per currency."""
        return [owed.overdue for owed in self.owed if owed.overdue_count]


def count_totals(source: Source) -> Totals:
    """Return the totals of one organisation on its own today."""
    organisation = source.organisation
    contacts = Contact.objects.filter(organisation=organisation, gone_at=None).aggregate(
        all=Count("xero_id"), customers=Count("xero_id", filter=Q(is_customer=True))
    )
    documents = Invoice.objects.filter(organisation=organisation, gone_at=None).aggregate(
        sales=Count("xero_id", filter=Q(kind="ACCREC")), bills=Count("xero_id", filter=Q(kind="ACCPAY"))
    )
    return Totals(
        customers=contacts["customers"],
        contacts=contacts["all"],
        invoices=documents["sales"],
        bills=documents["bills"],
        owed=_sum_owed(source),
    )


def _sum_owed(source: Source) -> list[Owed]:
    return [
        Owed(
            open=Money(share.open, share.currency),
            overdue=Money(share.overdue, share.currency),
            open_count=share.open_count,
            overdue_count=share.overdue_count,
        )
        for share in sum_owed(source)
    ]
