"""Large texts read at once are read as line by line, and what is not surely so is left alone; Parquet files."""

import contextlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.population import read_contacts, read_groups, readers, stored
from chatsim.population.columns import split

DELIMITERS = {"txt": None, "csv": ",", "tsv": "\t"}


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("1 2\n2\t3\n", None),
        ("\n\n  1   2 \n\n# a comment\n   # more\n2 3", None),
        ("1, 2\n 2 ,3\n#x,y\n", ","),
        ("1\t2\n2\t3\n", "\t"),
    ],
)
def test_plain_rows_are_split(text, delimiter):
    left, right = split(text, delimiter, 2, (0, 1))
    assert (left.to_list(), right.to_list()) == (["1", "2"], ["2", "3"])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("", None),
        ("1 2\n3\n", None),
        ("1 2\n3 4 5\n", None),
        ("1 2 3\n", None),
        ("1,2\n,4\n", ","),
        ("1,2\n3, \n", ","),
        (" # a,b\n1,2\n", ","),
        ('"1",2\n', ","),
        ("1 2\nanna\x1cben 3\n", None),
        ("1 2\nanna béla\n", None),
    ],
)
def test_what_is_not_plain_is_left_to_whoever_reads_line_by_line(text, delimiter):
    assert split(text, delimiter, 2, (0, 1)) is None


def _outcome(read, path):
    with contextlib.suppress(ConfigurationError):
        table = read(path)
        columns = [table.one, table.other] if read is read_contacts else [table.user, table.group]
        ids = (table.ids,) if read is read_contacts else (table.user_ids, table.group_ids)
        return table.header, ids, [column.tolist() for column in columns]
    return None


@given(
    st.text(alphabet='ab1 ,"#\t\n\r-0', max_size=60)
    | st.lists(
        st.sampled_from(["a", "12", "12", " ", ",", "\t", "\n", "\n", "#"]), max_size=30
    ).map("".join),
    st.sampled_from(list(DELIMITERS)),
    st.sampled_from([read_contacts, read_groups]),
)
def test_a_text_read_at_once_gives_what_it_gives_line_by_line(
    tmp_path_factory, content, kind, read
):
    path = tmp_path_factory.getbasetemp() / f"c.{kind}"
    path.write_text(content, newline="")
    by_line = _outcome(read, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "LARGE", 0)
        assert _outcome(read, path) == by_line


def test_a_large_file_is_read_at_once(tmp_path, monkeypatch):
    path = tmp_path / "ties.txt"
    path.write_text("who whom\n" + "".join(f"{i} {i + 1}\n" for i in range(100_000)))
    monkeypatch.setattr(readers, "array", None)
    edges = read_contacts(path)
    assert edges.header == ("who", "whom")
    assert edges.ids == tuple(map(str, range(100_001)))
    assert (edges.one + 1 == edges.other).all()


@pytest.fixture
def parquet(tmp_path):
    def write(columns, name="friends.parquet"):
        path = tmp_path / name
        pl.DataFrame(columns).write_parquet(path)
        return path

    return write


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [1, 2], "y": [2, 3]},
        {"weight": [0.5, 0.1], "source": ["1", "2"], "target": ["2", "3"]},
        {"User": [1, 2], "since": [7, 8], "Contact": [2, 3]},
        {"a": pl.Series([1, 2], dtype=pl.UInt8), "b": pl.Series(["2", "3"], dtype=pl.Categorical)},
        {"x": [1, 2], "y": [2, 3], "z": [None, 5]},
    ],
)
def test_ties_are_read_from_named_or_the_first_two_columns_of_parquet(parquet, columns):
    edges = read_contacts(parquet(columns))
    assert edges.ids == ("1", "2", "3")
    assert (edges.one.tolist(), edges.other.tolist()) == ([0, 1], [1, 2])
    assert edges.header is None


def test_a_population_of_parquet_files_is_that_of_texts(parquet, tmp_path):
    ties = parquet({"a": [10, 9, 10], "b": [9, 7, 9]})
    members = parquet({"group": ["x", "y"], "user": [7, 30]}, "groups.parquet")
    population = stored(ties, members, seed=1)
    assert population.names == ("7", "9", "10", "30")
    assert population.contacts_of(1).tolist() == [0, 2]
    assert population.members_of(1).tolist() == [3]
    assert population.description == "4 people (friends.parquet, groups.parquet)"
    assert "1 stood there before" in population.notes[0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1, 2]}, "has 1 column"),
        ({"a": [], "b": []}, "holds no rows"),
        ({"a": [1, 2], "b": [0.5, 1.0]}, "column b: it holds Float64; it takes integers or text"),
        ({"a": [1, 2], "b": [3, None]}, "column b, row 2: an id is empty"),
        ({"a": ["1", " "], "b": [3, 4]}, "column a, row 2: an id is empty"),
    ],
)
def test_bad_parquet_columns_are_one_sentence(parquet, columns, said):
    path = parquet(columns)
    with pytest.raises(ConfigurationError, match=said) as refusal:
        read_contacts(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_parquet_or_not_there_is_one_sentence(tmp_path):
    path = tmp_path / "text.parquet"
    path.write_text("1 2\n")
    with pytest.raises(ConfigurationError, match="is no complete Parquet file"):
        read_groups(path)
    with pytest.raises(ConfigurationError, match=r"none\.parquet cannot be read: No such file"):
        read_groups(tmp_path / "none.parquet")
