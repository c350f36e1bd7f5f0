"""Invoices and bills, as they are listed."""
