"""Invoices and bills in their views."""
