"""What can be done about webhooks: note keys, count what was refused, replay what was told."""

from collections.abc import Collection
from datetime import datetime

import structlog
from django.db import connection as database
from django.db.models import F

from counterfoil.features.webhooks.feed import digest_key
from counterfoil.features.webhooks.models import KnownKey
from counterfoil.mirror.models import Notice, Organisation
from counterfoil.sync.app import list_webhook_keys

log = structlog.get_logger(__name__)

# Beyond this an hour's count says no more, and a flood of strangers' posts writes nothing.
MOST_REFUSED = 1000


def note_keys(*, now: datetime) -> None:
    """Write down since when each app's key is known; one that was changed is new, one taken out is gone."""
    known = {(one.client_id, one.firm_id): one for one in KnownKey.objects.all()}
    for app in list_webhook_keys():
        digest = digest_key(app.key)
        noted = known.pop((app.client_id, app.workspace_id), None)
        if noted is None or noted.digest != digest:
            KnownKey.objects.update_or_create(
                client_id=app.client_id,
                firm_id=app.workspace_id,
                defaults={"digest": digest, "since": now},
            )
    if known:
        KnownKey.objects.filter(pk__in=[one.pk for one in known.values()]).delete()


def count_refusal(*, now: datetime) -> None:
    """Count a post whose signature does not fit; of what it held nothing is kept."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with database.cursor() as cursor:
        cursor.execute(
            "insert into webhooks_refusal as kept (hour, count, first_at, last_at) values (%s, 1, %s, %s)"
            " on conflict (hour) do update set count = kept.count + 1, last_at = excluded.last_at"
            " where kept.count < %s",
            [hour, now, now, MOST_REFUSED],
        )


def replay_notices(
    organisation: Organisation,
    *,
    now: datetime,
    notice_ids: Collection[int] | None = None,
    since: datetime | None = None,
) -> int:
    """
    Have what was told of an organisation read again: these notices, or all heard since a moment.

    Return how many records that are. Call it in the workspace; what belongs to another is not found.
    """
    if (notice_ids is None) == (since is None):
        raise ValueError("Name the notices, or a moment since which all are meant.")
    chosen = Notice.objects.filter(organisation=organisation)
    chosen = (
        chosen.filter(pk__in=notice_ids) if notice_ids is not None else chosen.filter(heard_at__gte=since)
    )
    count = chosen.update(
        heard=F("heard") + 1, replayed_at=now, next_try_at=now, attempts=0, problem="", settled_at=None
    )
    log.info("notices replayed", organisation=organisation.pk, notices=count)
    return count
