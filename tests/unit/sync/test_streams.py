"""The table of streams agrees with the structs that read the records and the tables that keep them."""

import pytest
from django.apps import apps
from django.db import models

from counterfoil.mirror.models import Attachment, Mirrored
from counterfoil.sync.streams import STREAMS, Stream
from counterfoil.xero.scopes import READ_SCOPES

OURS = {"organisation", "workspace", "raw", "digest", "first_seen_at", "changed_here_at", "gone_at", "pk"}


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_what_a_struct_reads_is_what_its_table_keeps(stream: Stream) -> None:
    kept = [field for field in stream.model._meta.concrete_fields if not field.generated]
    columns = {field.name for field in kept} - OURS

    assert set(stream.record.columns()) == columns


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_read_only_connection_asks_for_the_scope_that_a_stream_needs(stream: Stream) -> None:
    assert stream.scope in READ_SCOPES


def test_every_mirrored_table_has_a_stream() -> None:
    tables = {model for model in apps.get_app_config("mirror").get_models() if issubclass(model, Mirrored)}

    # Attachments are listed for one document at a time, when somebody asks.
    assert {stream.model for stream in STREAMS} | {Attachment} == tables


def test_no_mirrored_amount_is_a_float() -> None:
    kinds = {type(field) for stream in STREAMS for field in stream.model._meta.concrete_fields}

    assert models.FloatField not in kinds


def test_names_of_streams_are_stable_and_unique() -> None:
    assert len({stream.name for stream in STREAMS}) == len(STREAMS) == 24
