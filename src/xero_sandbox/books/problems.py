"""Why an act on the books is not legal, in Xero's own sentences where they are known (FACTS 7, 9)."""


class ActRefused(ValueError):
    """The act would break a rule of the books."""


class HasSettlements(ActRefused):
    """The document has payments or credits."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The status {status} cannot be applied to the invoice because it has payments or credit notes "
            "allocated to it."
        )


class NotModifiable(ActRefused):
    """The document's status does not allow this."""

    def __init__(self) -> None:
        super().__init__("Invoice not of valid status for modification")


class NameTaken(ActRefused):
    """Another active contact has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The contact name {name} is already assigned to another contact. The contact name must be "
            "unique across all active contacts."
        )


class NumberTaken(ActRefused):
    """Another sales invoice has this number."""

    def __init__(self) -> None:
        super().__init__("Invoice # must be unique.")


class AmountTooLarge(ActRefused):
    """The payment is more than what is due."""

    def __init__(self) -> None:
        super().__init__("Payment amount exceeds the amount outstanding on this document")


class NotApproved(ActRefused):
    """Only approved documents can be paid."""

    def __init__(self) -> None:
        super().__init__("Payments can only be made against Authorised documents")
