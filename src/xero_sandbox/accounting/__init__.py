"""The Accounting API: reading every endpoint."""
