"""What higher features may listen to."""

from django.dispatch import Signal

client_changed = Signal()
"""
Sent after a client, or a person at a client, was changed, put away, taken out again or linked.

Arguments: `client_id`, `workspace_id`. It is sent in the transaction that makes the change, which what a
receiver raises undoes; a receiver that has much to do enqueues a job.
"""

contact_unlinked = Signal()
"""
Sent before a contact stops being a client, in the transaction that ends it.

Arguments: `link_id`, `now`. What a receiver raises keeps the link.
"""
