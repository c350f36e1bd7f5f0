"""Reminders by text and e-mail: campaigns, what they send, what people answer, and who wants none."""
