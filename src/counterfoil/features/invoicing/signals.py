"""What higher features may listen to."""

from django.dispatch import Signal

drafts_sent = Signal()
"""
Sent when drafts were put into the outbox, in the transaction that does it.

Arguments: `operations` (of new invoices and edits; each one's `cause_id` is the draft's), `by` (whose name is
written), `now`. A receiver may wish for what goes along with them. What it raises keeps all of it out.
"""
