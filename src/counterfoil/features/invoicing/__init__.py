"""Raising invoices here: mappings, drafts, checks, and the preview before anything leaves."""
