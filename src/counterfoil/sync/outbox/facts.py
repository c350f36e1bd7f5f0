"""What the mirror knows of the documents and contacts that wishes are about."""

from datetime import date
from functools import cached_property

from counterfoil.mirror.models import (
    BankTransaction,
    Contact,
    CreditNote,
    Invoice,
    Organisation,
    OrganisationProfile,
    Payment,
)


class Facts:
    """What the mirror knows of one organisation, each read once."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._contacts: dict[str, Contact | None] = {}

    @cached_property
    def profile(self) -> OrganisationProfile | None:
        """The organisation itself; without it nothing is known of lock dates."""
        return OrganisationProfile.objects.filter(organisation=self._organisation).first()

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact."""
        if contact_id not in self._contacts:
            rows = Contact.objects.filter(organisation=self._organisation, xero_id=contact_id)
            self._contacts[contact_id] = rows.first()
        return self._contacts[contact_id]

    def invoice(self, invoice_id: str) -> Invoice | None:
        """Return an invoice."""
        return Invoice.objects.filter(organisation=self._organisation, xero_id=invoice_id).first()

    def credit_note(self, credit_note_id: str) -> CreditNote | None:
        """Return a credit note."""
        rows = CreditNote.objects.filter(organisation=self._organisation, xero_id=credit_note_id)
        return rows.first()

    def bank_transaction(self, transaction_id: str) -> BankTransaction | None:
        """Return money spent or received."""
        rows = BankTransaction.objects.filter(organisation=self._organisation, xero_id=transaction_id)
        return rows.first()

    def payment(self, payment_id: str) -> Payment | None:
        """Return a payment."""
        return Payment.objects.filter(organisation=self._organisation, xero_id=payment_id).first()

    def find_closed_year(self, day: date | None) -> date | None:
        """Return the lock date of the closed year that the day lies in, or None for an open one."""
        closed = self.profile.end_of_year_lock_date if self.profile else None
        return closed if day is not None and closed is not None and day <= closed else None
