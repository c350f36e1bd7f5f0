"""What a person has to settle before somebody can be erased, because it is on its way or not read yet."""

from django.db.models import Q

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.moving.models import Takeout
from counterfoil.features.privacy.finding import Subject
from counterfoil.features.privacy.owning import have_address, of_person
from counterfoil.features.privacy.sweeping import Words
from counterfoil.features.reminding.models import Message, Reply
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Operation

_SETTLED = (OutboxState.DONE, OutboxState.HELD)


def find_obstacles(subject: Subject, words: Words) -> list[str]:
    """Return in sentences what is to be done first; call it in the firm's workspace."""
    return [sentence for sentence, is_there in _list(subject, words) if is_there]


def _list(subject: Subject, words: Words) -> list[tuple[str, bool]]:
    theirs = Q(contact_id__in=subject.contacts)
    named = Q(wish__iregex=words.pattern) | Q(payload__iregex=words.pattern) if words.pattern else Q()
    open_writes = Operation.objects.exclude(state__in=_SETTLED).filter(theirs | named)
    leaving = Message.objects.filter(theirs, state__in=(Message.State.SENDING, Message.State.UNKNOWN))
    unread = of_person(Reply, subject).filter(decided_at=None)
    members = have_address(Membership.objects.all(), "user__email", subject)
    return [
        (
            "They belong to your firm and sign in here. Remove them under Settings, People first.",
            members.exists(),
        ),
        (
            "Something about them waits in the outbox or is in doubt. Send it or decide against it first.",
            open_writes.exists(),
        ),
        (
            "An export of the firm is being written, and they are in it. Wait until it is ready.",
            Takeout.objects.filter(state__in=(Takeout.State.WAITING, Takeout.State.WRITING)).exists(),
        ),
        ("A message to them is on its way. Wait until it is known what became of it.", leaving.exists()),
        (
            "They answered a message, and nobody has read it: it may say STOP. Read it under Replies first.",
            unread.exists(),
        ),
    ]
