"""Registers the clients feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Clients and their links to Xero."""

    name = "counterfoil.features.clients"
    label = "clients"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("counterfoil.features.clients.receivers")
