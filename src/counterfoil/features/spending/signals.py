"""What higher features may listen to."""

from django.dispatch import Signal

costs_attributed = Signal()
"""
Sent by the job of spending after it read the lines of what changed and attributed them.

Arguments: `organisation_id`. A receiver that has much to do enqueues a job; what it raises fails the job,
which is safe to run again.
"""
