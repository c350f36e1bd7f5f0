"""Registers the reports with Django."""

from importlib import import_module

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports."""

    name = "counterfoil.features.reports"
    label = "reports"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("counterfoil.features.reports.receivers")
