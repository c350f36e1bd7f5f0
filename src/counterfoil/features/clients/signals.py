"""What higher features may listen to."""

from django.dispatch import Signal

clients_changed = Signal()
"""
Sent after clients, or people at them, were changed, put away, taken out again or linked.

Arguments: `client_ids`. It is sent in the transaction that makes the change, which what a
receiver raises undoes; a receiver that has much to do enqueues a job.
"""

contact_unlinked = Signal()
"""
Sent before a contact stops being a client, in the transaction that ends it.

Arguments: `link_id`, `now`. What a receiver raises keeps the link.
"""

deal_documents_changed = Signal()
"""
Sent after documents were put in a deal or taken out of it, in the transaction that does so.

Arguments: `organisation`, `document_ids`. What a receiver raises undoes the change.
"""
