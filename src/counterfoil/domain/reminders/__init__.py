"""Reminders by text and e-mail: what may be sent to whom, when, and in which words. All of it is pure."""
