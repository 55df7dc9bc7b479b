from __future__ import annotations

import pytest

from chatsim.errors import StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence, write_atomically


def test_a_folder_appears_when_it_is_filled(tmp_path):
    target = tmp_path / "deep" / "results"
    with folder_in_one_step(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"
    assert [path.name for path in target.parent.iterdir()] == ["results"]


def test_a_former_folder_gives_way_as_a_whole(tmp_path):
    target = tmp_path / "results"
    for name in ("old", "new"):
        with folder_in_one_step(target) as folder:
            (folder / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_former_folder_and_no_trace(tmp_path, failure):
    target = tmp_path / "results"
    with folder_in_one_step(target) as folder:
        (folder / "old").touch()
    with pytest.raises(type(failure)):
        fill_and_fail(target, failure)
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def fill_and_fail(target, failure):
    with folder_in_one_step(target) as folder:
        (folder / "new").touch()
        raise failure


def test_a_file_is_replaced_in_one_step(tmp_path):
    write_atomically(tmp_path / "a", b"1")
    write_atomically(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_that_cannot_take_its_place_leaves_no_trace(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "a", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_of_the_disk_is_one_sentence(tmp_path):
    with pytest.raises(StoreError) as caught, one_sentence("write the study to", tmp_path):
        raise OSError(28, "No space left on device")
    assert str(caught.value) == f"could not write the study to {tmp_path}: No space left on device"
