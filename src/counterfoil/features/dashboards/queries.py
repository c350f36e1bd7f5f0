"""What the dashboard counts and sums; each figure is asked for as the list asks that it opens."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from counterfoil.domain.datekit import Period
from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.features.clients.queue import count_contacts
from counterfoil.features.finance.ledgers import LEDGERS
from counterfoil.features.finance.queries import Asked, Total, sum_entries
from counterfoil.features.invoices.ageing import Aged, sum_ageing
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.listed import BILLS, SALES
from counterfoil.mirror.models import Contact, Invoice


@dataclass(frozen=True)
class Totals:
    """The figures of the dashboard; money is one amount per currency, and never added (K12)."""

    customers: int
    contacts: int
    invoices: int
    bills: int
    owed: Sequence[Aged]
    paid: Sequence[Total]
    paid_in: Asked
    unmatched: int

    @property
    def owed_count(self) -> int:
        """Sales invoices that are unpaid, in all currencies."""
        return sum(aged.count for aged in self.owed)

    @property
    def overdue(self) -> Sequence[Aged]:
        """The currencies in which something is overdue."""
        return [aged for aged in self.owed if aged.overdue_count]

    @property
    def overdue_count(self) -> int:
        """Sales invoices past their day, in all currencies."""
        return sum(aged.overdue_count for aged in self.owed)

    @property
    def paid_count(self) -> int:
        """Payments received this month, in all currencies."""
        return sum(total.count for total in self.paid)


def count_totals(source: Source) -> Totals:
    """Return the figures of one organisation on its own today; five queries, however much there is."""
    organisation = source.organisation
    contacts = Contact.objects.filter(organisation=organisation, gone_at=None).aggregate(
        all=Count("xero_id"), customers=Count("xero_id", filter=Q(is_customer=True))
    )
    listed = Invoice.objects.filter(organisation=organisation, gone_at=None)
    documents = listed.exclude(status=InvoiceStatus.DELETED).aggregate(
        sales=Count("kind", filter=Q(kind=SALES)), bills=Count("kind", filter=Q(kind=BILLS))
    )
    month = Period.month(source.today.year, source.today.month)
    paid_in = Asked(kind="received", dated_from=month.start, dated_to=month.last_day, valid_only=True)
    return Totals(
        customers=contacts["customers"],
        contacts=contacts["all"],
        invoices=documents["sales"],
        bills=documents["bills"],
        owed=sum_ageing(source),
        paid=sum_entries(organisation, LEDGERS["payments"], paid_in),
        paid_in=paid_in,
        unmatched=count_contacts(organisation).queued,
    )
