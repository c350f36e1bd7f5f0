"""Registers the spending feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class SpendingConfig(AppConfig):
    """Lines of documents, and to which client each is attributed."""

    name = "counterfoil.features.spending"
    label = "spending"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("counterfoil.features.spending.receivers")
