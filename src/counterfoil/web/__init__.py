"""The pages: each reads a form, calls one query or operation, and renders."""
