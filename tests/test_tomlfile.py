"""TOML files are read key by key, and nothing in them is ignored."""

from __future__ import annotations

import enum
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.tomlfile import (
    Table,
    or_none,
    read_text,
    read_texts,
    read_toml,
    read_truth,
    toml_line,
    word_of,
)


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


def table(**given):
    return Table(given, "f.toml")


def test_a_key_that_nobody_took_is_refused_with_file_key_and_accepted_keys():
    top = table(colour="red", colr="blue")
    top.take("colour", read_text, "")
    with pytest.raises(ConfigurationError) as refusal:
        top.finish()
    assert str(refusal.value) == (
        "f.toml: colr is not a key of this table; it takes colour (did you mean colour?)"
    )


def test_keys_that_nobody_took_yet_are_named_in_the_order_of_the_file():
    top = table(b=1, a="text", c=2)
    top.take("c", lambda given, _: given, 0)
    assert (top.unread(), top.holds_text("a"), top.holds_text("b")) == (["b", "a"], True, False)


def test_the_name_of_a_key_says_its_file_its_table_and_its_place_in_a_list():
    second = table(rows=[{}, {"colour": 3}]).tables("rows")[1]
    with pytest.raises(ConfigurationError, match=r"f.toml: rows\[1\].colour is 3; it takes text"):
        second.take("colour", read_text, "")


def test_a_missing_key_gives_the_default_unless_it_is_required():
    assert table().take("colour", read_text, "red") == "red"
    with pytest.raises(ConfigurationError, match=r"f\.toml: colour is missing"):
        table().require("colour", read_text)
    assert table(colour="red").require("colour", read_text) == "red"
    assert table().table("inner") is None
    assert table().tables("rows") == []


@pytest.mark.parametrize(("key", "given"), [("inner", 3), ("rows", 3), ("rows", [3])])
def test_what_is_no_table_is_refused(key, given):
    top = table(**{key: given})
    with pytest.raises(ConfigurationError, match="it takes a"):
        top.tables(key) if key == "rows" else top.table(key)


@pytest.mark.parametrize(
    ("read", "given", "takes"),
    [
        (read_truth, 1, "true or false"),
        (read_text, "  ", "text in quotes"),
        (read_texts, "red", "a list of texts"),
        (read_texts, ["red", 3], "text in quotes"),
        (word_of(Colour), "green", "red or blue"),
        (or_none(read_truth), "no", 'true or false, or "none"'),
    ],
)
def test_a_reader_says_what_it_takes(read, given, takes):
    with pytest.raises(ConfigurationError) as refusal:
        read(given, "key")
    assert str(refusal.value).endswith(f"it takes {takes}")


def test_readers_read_what_they_say():
    assert read_truth(False, "key") is False
    assert read_texts(["red"], "key") == ("red",)
    assert word_of(Colour)("blue", "key") is Colour.BLUE
    assert or_none(read_truth)("none", "key") is None
    assert or_none(read_truth)(True, "key") is True


def test_a_file_that_is_missing_not_text_or_not_toml_is_refused_with_its_name(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("x =")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    deep = tmp_path / "deep.toml"
    deep.write_text("x = " + "[" * 5_000)
    for path, says in [
        (tmp_path / "none.toml", "cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
        (broken, "is not a TOML file: "),
        (deep, "is not a TOML file: "),
        (binary, "is not text in UTF-8"),
    ]:
        with pytest.raises(ConfigurationError) as refusal:
            read_toml(path)
        assert str(refusal.value).startswith(f"{path} {says}")


SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.floats(allow_nan=False)


@given(SCALARS | st.lists(st.text()))
def test_a_written_line_reads_back_as_the_same_value(value):
    assert tomllib.loads(toml_line("key", value)) == {"key": value}
