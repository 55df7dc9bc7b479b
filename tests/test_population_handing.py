"""People handed from process to process come out as they went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import asdict, evolve

from chatsim.errors import StoreError
from chatsim.population import generate
from chatsim.population.handing import read_people, write_people


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    plain = generate(200, seed=3)
    named = evolve(plain, names=("Ana", "Ben"), notes=("one line was dropped",), seed=(1 << 64) - 1)
    for people in (plain, evolve(named, utc_offset_seconds=-3_600)):
        write_people(people, tmp_path / "people")
        again = read_people(tmp_path / "people")
        np.testing.assert_equal(asdict(again), asdict(people) | {"names": again.names})
        assert again.names == (None if people.names is None else list(people.names))
        assert again.members.dtype == people.members.dtype


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_a_file_of_something_else_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "people").write_bytes(content)
    with pytest.raises(StoreError, match="holds no people"):
        read_people(tmp_path / "people")
