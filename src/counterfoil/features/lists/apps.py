"""Registers the lists feature with Django."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Saved views and chosen columns."""

    name = "counterfoil.features.lists"
    label = "lists"
