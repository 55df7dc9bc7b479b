"""Check (b): the same copies wherever people are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.testing.verify import keeping, settings
from chatsim.testing.verify.engine_way import ByEngine
from chatsim.testing.verify.ways import by_twin

CROWD = settings.crowd(Audience.PICK, 800)


def test_people_kept_alike_pass_and_others_fail() -> None:
    same = settings.crowd(Audience.PICK, 800)
    places = {"stored": CROWD, "implicit": same}
    assert keeping.wherever_people_are_kept(by_twin, Audience.PICK, places).passed
    contacts = CROWD.contacts.copy()
    user = int(np.argmax(np.diff(CROWD.contact_offsets)))
    # One person's contacts are their neighbours by number.
    start, end = CROWD.contact_offsets[user : user + 2]
    contacts[start:end] = (contacts[start:end] + 1) % CROWD.users
    for wrong in (evolve(CROWD, contacts=contacts), evolve(CROWD, seed=2)):
        places = {"stored": CROWD, "implicit": wrong}
        row = keeping.wherever_people_are_kept(by_twin, Audience.PICK, places)
        assert not row.passed
        assert row.found.startswith("implicit differs in")


@pytest.mark.parametrize("law", Audience)
def test_stored_materialised_and_implicit_people_get_the_same_copies(law: Audience) -> None:
    row = keeping.wherever_people_are_kept(ByEngine(), law, keeping.places(law, 1_000))
    assert row.passed, row.found
    assert "stored, materialised, implicit" in row.compared


def test_people_read_from_files_get_the_same_copies(tmp_path: Path) -> None:
    assert keeping.from_files(by_twin, CROWD, tmp_path).passed


def test_a_tie_lost_on_the_way_to_a_file_is_caught(tmp_path, monkeypatch) -> None:
    write = keeping.write_contacts

    def forgetful(people, path: Path) -> None:
        write(people, path)
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-40]))

    monkeypatch.setattr(keeping, "write_contacts", forgetful)
    assert not keeping.from_files(by_twin, CROWD, tmp_path).passed
