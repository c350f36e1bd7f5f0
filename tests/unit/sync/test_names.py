"""A contact's new name in the text of a document: that word changes, and nothing else."""

from counterfoil.sync.names import rename_contact

INVOICE = (
    b'{"InvoiceID":"i","Total":120.00,"Contact":{"ContactID":"c","Name":"Old","Phones":[]},'
    b'"Reference":"Old","LineItems":[{"Description":"Old","Tracking":[{"Name":"Old"}]}]}'
)


def test_the_name_changes_and_every_other_letter_stays() -> None:
    assert rename_contact(INVOICE, "c", "New & Søn") == INVOICE.replace(
        b'"Name":"Old","Phones"', '"Name":"New & Søn","Phones"'.encode()
    )


def test_a_payment_shows_the_contact_of_what_it_pays() -> None:
    payment = b'{"PaymentID":"p","Amount":7.50,"Invoice":' + INVOICE + b"}"

    renamed = rename_contact(payment, "c", "New")

    assert renamed == payment.replace(b'"Name":"Old","Phones"', b'"Name":"New","Phones"')


def test_nothing_is_to_be_done_for_the_present_name_or_another_contact() -> None:
    assert rename_contact(INVOICE, "c", "Old") is None
    assert rename_contact(INVOICE, "d", "New") is None
    assert rename_contact(b'{"PaymentID":"p","Account":{"AccountID":"a"}}', "c", "New") is None
