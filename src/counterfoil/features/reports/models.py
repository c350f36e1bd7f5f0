"""What was worked out of all invoices, so that nobody waits for it."""

from django.db import models

from counterfoil.mirror.models.books import OfOrganisation


class Outlook(OfOrganisation):
    """
    How an organisation's customers pay and what to expect, as it was worked out on a day.

    It names customers by their contacts' ids only.
    """

    day = models.DateField()
    worked_out_at = models.DateTimeField()
    findings = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="one_outlook_per_organisation")]

    def __str__(self) -> str:
        return f"outlook of {self.day}"
