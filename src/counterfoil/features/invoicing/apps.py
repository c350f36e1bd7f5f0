"""Registers the invoicing feature with Django."""

from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    """Mappings and drafts."""

    name = "counterfoil.features.invoicing"
    label = "invoicing"
