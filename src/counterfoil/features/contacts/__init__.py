"""Contacts, as they are listed."""
