"""Many values are looked for at once, whatever stands in them."""

import pytest

from counterfoil.mirror.models import Workspace

NAMES = [
    "plain",
    'with "quotes"',
    "back\\slash",
    "{curly, and comma}",
    "",
    "NULL",
    "two\nlines",
    "Zoë ☃",
    "a'b",
]


@pytest.mark.django_db
def test_each_of_many_values_is_found_as_it_is_written() -> None:
    made = [Workspace.objects.create(name=name) for name in NAMES]
    Workspace.objects.create(name="another")

    by_name = Workspace.objects.filter(name__any_of=NAMES)
    by_key = Workspace.objects.filter(pk__any_of={one.pk for one in made[:2]})

    assert sorted(one.name for one in by_name) == sorted(NAMES)
    assert sorted(one.name for one in by_key) == sorted(NAMES[:2])
    assert not Workspace.objects.filter(pk__any_of=[]).exists()
