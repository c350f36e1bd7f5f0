"""A database of another version is named as such, and left as it is."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from counterfoil.config.installation import OtherVersion, is_migrated, migrate

pytestmark = pytest.mark.django_db


def test_the_tables_of_this_version_are_ready() -> None:
    assert is_migrated()


def test_a_database_of_a_later_version_is_left_as_it_is() -> None:
    MigrationRecorder(connection).record_applied("mirror", "0999_of_a_later_version")
    MigrationRecorder(connection).record_applied("clients", "0999_of_a_later_version")

    with pytest.raises(OtherVersion, match="step “clients 0999_of_a_later_version” and 1 more") as told:
        migrate()

    assert "Nothing was changed" in str(told.value)
    assert not is_migrated()


def test_another_apps_steps_of_long_ago_are_nobody_s_business() -> None:
    MigrationRecorder(connection).record_applied("of_a_removed_library", "0001_initial")

    assert is_migrated()
