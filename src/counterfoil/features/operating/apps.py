"""Registers the installation's own upkeep with Django, so that its jobs are known."""

from django.apps import AppConfig


class OperatingConfig(AppConfig):
    """Backups, examinations, and what is forgotten when it is old."""

    name = "counterfoil.features.operating"
    label = "operating"
