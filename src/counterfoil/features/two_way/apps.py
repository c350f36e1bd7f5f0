"""Registers the two-way contact fields with Django."""

from importlib import import_module

from django.apps import AppConfig


class TwoWayConfig(AppConfig):
    """Contact fields in two ways."""

    name = "counterfoil.features.two_way"
    label = "two_way"

    def ready(self) -> None:
        """Listen to what happens below, and have what holds names removed with a connection."""
        import_module("counterfoil.features.two_way.receivers")
