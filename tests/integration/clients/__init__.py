"""Clients, their links to Xero, and their documents."""
