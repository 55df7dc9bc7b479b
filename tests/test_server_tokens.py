"""Files of tokens and of their digests."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError, StoreError
from chatsim.relay.admission import Tokens
from chatsim.server.tokens import read_table, write_tokens

HEX = "0123456789abcdef" * 4


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_digests_admit_whoever_has_the_token_and_nobody_else(tmp_path):
    digests = write_tokens(3, tmp_path / "tokens")
    tokens = read_table(tmp_path / "tokens")
    admission = Tokens(read_table(digests))
    assert list(tokens) == [0, 1, 2]
    assert len({tokens[user] for user in tokens}) == 3
    for user in tokens:
        assert admission.admits(user, tokens[user])
        assert not admission.admits(user, tokens[(user + 1) % 3])
        assert not admission.admits(user, read_table(digests)[user])
    assert not admission.admits(3, tokens[0])
    assert not admission.admits(0, None)


def test_the_files_are_lines_that_other_programs_can_read(tmp_path):
    digests = write_tokens(2, tmp_path / "tokens")
    assert digests == tmp_path / "tokens.sha256"
    lines = (tmp_path / "tokens").read_text().splitlines()
    checked = digests.read_text().splitlines()
    for user, (line, digest) in enumerate(zip(lines, checked, strict=True)):
        number, token = line.split(" ")
        assert int(number) == user
        assert digest == f"{user} {hashlib.sha256(bytes.fromhex(token)).hexdigest()}"


def test_nobody_but_their_owner_can_read_them_whatever_the_mask(tmp_path):
    former = os.umask(0)
    try:
        digests = write_tokens(1, tmp_path / "tokens")
    finally:
        os.umask(former)
    assert mode(tmp_path / "tokens") == mode(digests) == 0o600


@pytest.mark.parametrize("there", ["tokens", "tokens.sha256"])
def test_a_file_that_exists_is_never_written_over(tmp_path, there):
    (tmp_path / there).write_text("precious")
    with pytest.raises(ConfigurationError, match=f"{there} exists"):
        write_tokens(1, tmp_path / "tokens")
    assert (tmp_path / there).read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("users", [0, -1, 10_000_001])
def test_a_number_of_users_that_makes_no_sense_is_refused(tmp_path, users):
    with pytest.raises(ConfigurationError, match=f"users is {users}"):
        write_tokens(users, tmp_path / "tokens")


def test_a_folder_that_is_missing_is_one_sentence(tmp_path):
    with pytest.raises(StoreError, match="could not write"):
        write_tokens(1, tmp_path / "missing" / "tokens")


@pytest.mark.parametrize(
    ("second", "names"),
    [
        (f"x {HEX}", "line 2, is not"),
        (f"-1 {HEX}", "line 2, is not"),
        (f"07 {HEX}", "line 2, is not"),
        (f"7  {HEX}", "line 2, is not"),
        (f"7 {HEX.upper()}", "line 2, is not"),
        (f"7 {HEX[1:]}", "line 2, is not"),
        (f"7 {HEX}0", "line 2, is not"),
        (f"7 {HEX} ", "line 2, is not"),
        (f"7 {HEX}\r", "line 2, is not"),
        ("", "line 2, is not"),
        (f"5 {HEX}", "line 2: user 5 comes after user 5"),
        (f"4 {HEX}", "line 2: user 4 comes after user 5"),
    ],
)
def test_a_line_that_will_not_do_is_named_by_its_number(tmp_path, second, names):
    path = tmp_path / "tokens"
    path.write_text(f"5 {HEX}\n{second}\n", newline="")
    with pytest.raises(ConfigurationError, match=names):
        read_table(path)


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigurationError, match="has no line"):
        read_table(tmp_path / "empty")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_table(tmp_path / "missing")


def test_the_last_line_may_lack_its_end_and_users_may_be_left_out(tmp_path):
    path = tmp_path / "tokens"
    path.write_text(f"5 {HEX}\n4000000000 {HEX}")
    table = read_table(path)
    assert (len(table), table.last) == (2, 4_000_000_000)
    assert table.get(4_000_000_000) == bytes.fromhex(HEX)
    assert table.get(6) is table.get(-1) is table.get(4_000_000_001) is None
