"""Where a store is, as the user writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError
from chatsim.store.location import StoreLocation, Sync, parse_store


def test_memory_is_no_store() -> None:
    assert parse_store("memory") is None


@pytest.mark.parametrize(
    ("text", "sync"),
    [
        ("sqlite:a/mail.db", Sync.FULL),
        ("sqlite:a/mail.db?sync=full", Sync.FULL),
        ("sqlite:a/mail.db?sync=normal", Sync.NORMAL),
    ],
)
def test_a_path_is_given_with_or_without_what_a_commit_waits_for(text: str, sync: Sync) -> None:
    assert parse_store(text) == StoreLocation(Path("a/mail.db"), sync)


@pytest.mark.parametrize(
    "text", ["", "sqlite", "sqlite:", "a/mail.db", "redis:x", "sqlite:?sync=full", "sqlite:a?x=1"]
)
def test_anything_else_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ConfigurationError, match="accepted are memory, sqlite:PATH") as caught:
        parse_store(text)
    assert repr(text) in str(caught.value)


def test_a_sync_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match=r"sync=off is not known; .* sync=full and sync=n"):
        parse_store("sqlite:a?sync=off")


def test_only_a_sync_that_gives_something_up_says_what() -> None:
    assert Sync.FULL.gives_up is None
    assert "power cut" in str(Sync.NORMAL.gives_up)
