"""Why an act on the books is not legal, in Xero's own sentences where they are known (FACTS 7, 9)."""

from datetime import date


class ActRefused(ValueError):
    """The act would break one or more rules of the books; `messages` has a sentence for each."""

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__("; ".join(messages))


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


class PeriodLocked(ActRefused):
    """The books are closed on that day."""

    def __init__(self, kind: str, day: date) -> None:
        super().__init__(
            f"The document date cannot be before the {kind} lock date, currently set at "
            f"{day.day} {day:%B %Y}."
        )


class SettledDocument(ActRefused):
    """What was asked cannot be changed once something is paid or credited."""

    def __init__(self) -> None:
        super().__init__("This document cannot be edited as it has a payment or credit note allocated to it.")


class WrongDocument(ActRefused):
    """The id names no document that this endpoint can work on."""

    def __init__(self) -> None:
        super().__init__("The document with the supplied id was not found for this endpoint.")


class CreditNumberTaken(ActRefused):
    """Another sales credit note has this number."""

    def __init__(self) -> None:
        super().__init__("Credit Note # must be unique.")
