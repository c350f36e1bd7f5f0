"""Registers the reminding feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class RemindingConfig(AppConfig):
    """Reminders that people do not regret."""

    name = "counterfoil.features.reminding"
    label = "reminding"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("counterfoil.features.reminding.receivers")
