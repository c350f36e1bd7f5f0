"""
The lines of approved documents, whose each is and why, and what people decided about that.

Lines and their parts are made from the mirror and go with it. Rules and decisions are people's own work:
they name Xero's records by id, outlive a removed connection, and find their lines again (K2).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from counterfoil.features.clients.models import Client, Deal, OfWorkspace, OfXero
from counterfoil.mirror.models import Organisation, Workspace
from counterfoil.mirror.models.mirrored import money
from counterfoil.mirror.models.searchable import search_key

_PERSON = settings.AUTH_USER_MODEL


class _OfBooks(models.Model):
    """Of the mirror, in great numbers: every index of these begins with the organisation anyway."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False, related_name="+")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        abstract = True


class Reading(OfXero):
    """How far the mirror's documents were read into lines, and whether all lines must be looked at again."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    read_until = models.DateTimeField(null=True)
    is_stale = models.BooleanField(default=False)


class Rule(OfXero):
    """
    Whose the lines are that fit: the first rule that fits a line decides. What is empty fits everything.

    It holds for documents dated from `since` to `until`. It is ended rather than deleted.
    """

    class Act(models.TextChoices):
        """What becomes of a line that fits."""

        ATTRIBUTE = "attribute", "Cost of clients"
        OVERHEAD = "overhead", "Overhead"

    place = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    contact_id = models.TextField(db_collation="C", blank=True)
    account_code = models.CharField(max_length=10, blank=True)
    description = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    tracking_option = models.CharField(max_length=100, blank=True)
    bank_account_id = models.TextField(db_collation="C", blank=True)
    least = money(null=True, blank=True)
    most = money(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    act = models.CharField(max_length=10, choices=Act)
    made_by = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place", "id"]
        indexes = [models.Index(fields=["organisation", "place", "id"], name="spending_rule_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(most__gte=F("least")),
                name="spending_rule_amounts_in_order",
                violation_error_message="The largest amount is less than the smallest.",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="spending_rule_days_in_order",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=~Q(
                    contact_id="",
                    account_code="",
                    description="",
                    reference="",
                    tracking_option="",
                    bank_account_id="",
                    least=None,
                    most=None,
                ),
                name="spending_rule_fits_something",
                violation_error_message="Say what the rule fits: a supplier, an account, words or an amount.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Share(OfWorkspace):
    """A client's share of what is split: its weight among all shares."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    weight = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        abstract = True
        ordering = ["id"]


class RuleShare(Share):
    """To whom a rule gives what fits it."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="shares")

    class Meta(Share.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="spending_rule_share_is_positive")
        ]


class Verdict(OfXero):
    """
    What a person said about one line; the latest that was not taken back holds. Append-only.

    `digest` is that of the line as the person saw it: another one means that the line changed since.
    `own_weight` is the share that the firm bears itself. What was said by dividing a recharge is taken back
    with that recharge, and follows its line.
    """

    class Act(models.TextChoices):
        """What was said."""

        ATTRIBUTED = "attributed", "Attributed"
        OVERHEAD = "overhead", "Overhead"
        SKIPPED = "skipped", "Left for later"

    stream = models.CharField(max_length=40)
    document_id = models.TextField(db_collation="C")
    line_key = models.TextField(db_collation="C")
    act = models.CharField(max_length=10, choices=Act)
    own_weight = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    is_of_recharge = models.BooleanField(default=False)
    digest = models.BinaryField()
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "document_id", "-id"], name="spending_verdict_of_line"),
            models.Index(fields=["organisation", "made_by", "-id"], name="spending_verdict_latest"),
        ]


class VerdictShare(Share):
    """To whom a person gave a line."""

    verdict = models.ForeignKey(Verdict, on_delete=models.CASCADE, related_name="shares")

    class Meta(Share.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="spending_verdict_share_is_positive")
        ]


class Line(_OfBooks):
    """
    One line of an approved document, net of tax: costs are positive when money is spent, revenue when earned.

    `net` and its `tax` are in the document's currency, `amount` is the net in the organisation's at the
    document's rate: None where the document is in another currency and has no rate.
    """

    class Side(models.TextChoices):
        """What kind of account the line is on."""

        REVENUE = "revenue", "Revenue"
        COST = "cost", "Cost"
        OTHER = "other", "Neither"

    class Standing(models.TextChoices):
        """Whose it is."""

        ATTRIBUTED = "attributed", "Attributed"
        OVERHEAD = "overhead", "Overhead"
        OPEN = "open", "Unattributed"

    class Why(models.TextChoices):
        """What decided it, the strongest first."""

        NOTHING = "", "Nothing"
        BY_HAND = "by_hand", "By hand"
        BILLABLE = "billable", "Billable expense in Xero"
        DEAL = "deal", "Document of a deal"
        RULE = "rule", "Rule"
        TRACKING = "tracking", "Tracking option"
        CONTACT = "contact", "Linked contact"

    stream = models.CharField(max_length=40)
    document_id = models.TextField(db_collation="C")
    line_key = models.TextField(db_collation="C")
    kind = models.CharField(max_length=40)
    day = models.DateField()
    number = models.TextField()
    reference = models.TextField()
    contact_id = models.TextField(db_collation="C")
    contact_name = models.TextField()
    bank_account_id = models.TextField(db_collation="C")
    account_code = models.TextField()
    account_id = models.TextField(db_collation="C")
    description = models.TextField()
    tracking = ArrayField(models.TextField(), default=list)  # the names of the options
    currency = models.TextField()
    net = money()
    tax = money(default=0)
    amount = money(null=True)
    settled = money(null=True)
    digest = models.BinaryField()
    side = models.CharField(max_length=7, choices=Side)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.OPEN)
    why = models.CharField(max_length=10, choices=Why, blank=True)
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict = models.ForeignKey(
        Verdict, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    has_changed = models.BooleanField(default=False)  # since a person decided about it
    is_skipped = models.BooleanField(default=False)
    is_stale = models.BooleanField(default=True)
    search_key = search_key("number", "contact_name", "description")

    class Meta:
        indexes = [
            # One for each list of costs, in its order.
            models.Index(
                fields=["organisation", "is_skipped", "-day", "-id"],
                condition=Q(side="cost", standing="open"),
                name="spending_line_open",
            ),
            models.Index(
                fields=["organisation", "-day", "-id"],
                condition=Q(side="cost") & ~Q(standing="open"),
                name="spending_line_decided",
            ),
            models.Index(
                fields=["organisation", "-day", "-id"],
                condition=Q(side="cost", has_changed=True),
                name="spending_line_changed",
            ),
            models.Index(fields=["organisation"], condition=Q(is_stale=True), name="spending_line_stale"),
            models.Index(fields=["organisation", "contact_id", "-day"], name="spending_line_of_contact"),
            # Few lines were decided by a person: those that were not need no place in an index.
            models.Index(
                fields=["verdict"], condition=Q(verdict__isnull=False), name="spending_line_of_verdict"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "document_id", "line_key"], name="spending_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number or self.document_id}: {self.description[:60]}"


class Unreadable(_OfBooks):
    """A document whose text does not say which lines it has: no figure has it until it is read again."""

    stream = models.CharField(max_length=40)
    document_id = models.TextField(db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "stream", "document_id"], name="spending_unreadable_once"
            )
        ]


class Part(_OfBooks):
    """
    A part of a line that is somebody's, or nobody's: the parts of a line sum to it in every amount.

    What a sum needs of the line stands here too, so that nothing is joined to add up a year.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="parts")
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")
    side = models.CharField(max_length=7, choices=Line.Side)
    standing = models.CharField(max_length=10, choices=Line.Standing)
    day = models.DateField()
    net = money()
    amount = money()
    settled = money()

    class Meta:
        indexes = [
            # Holds all that a report asks for, so that it reads no row itself.
            models.Index(
                fields=["organisation", "day"],
                include=["workspace", "side", "standing", "client", "deal", "amount", "settled"],
                name="spending_part_at_a_glance",
            ),
            models.Index(fields=["client", "-day"], name="spending_part_of_client"),
            models.Index(fields=["deal"], condition=Q(deal__isnull=False), name="spending_part_of_deal"),
        ]


class MonthSum(_OfBooks):
    """
    What the parts of a month come to, by whose they are: the database keeps it with each part written.

    Without it a report of two years would add up every part of them. 0 is no client, or no deal.
    """

    month = models.DateField()  # its first day
    client_id = models.BigIntegerField()
    deal_id = models.BigIntegerField()
    side = models.CharField(max_length=7, choices=Line.Side)
    standing = models.CharField(max_length=10, choices=Line.Standing)
    parts = models.BigIntegerField()
    amount = money()
    settled = money()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "month", "client_id", "deal_id", "side", "standing"],
                name="spending_month_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation"], condition=Q(parts__lte=0), name="spending_month_without_parts"
            )
        ]


class CostTally(_OfBooks):
    """
    How many costs stand where: the database keeps it with each line that is written.

    `is_unconverted` are those in another currency without a rate, which are in no sum.
    """

    standing = models.CharField(max_length=10, choices=Line.Standing)
    is_skipped = models.BooleanField()
    has_changed = models.BooleanField()
    is_unconverted = models.BooleanField()
    lines = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "standing", "is_skipped", "has_changed", "is_unconverted"],
                name="spending_tally_once",
            )
        ]
