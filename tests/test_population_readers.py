"""Edge lists and membership tables: what is read, and what is refused with its file and line."""

import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ConfigurationError
from chatsim.population import read_contacts, read_groups


@pytest.fixture
def file(tmp_path):
    def write(content, name="friends.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def _ties(edges):
    return [(edges.ids[a], edges.ids[b]) for a, b in zip(edges.one, edges.other, strict=True)]


def _rows(table):
    pairs = zip(table.user, table.group, strict=True)
    return [(table.user_ids[user], table.group_ids[group]) for user, group in pairs]


TWO_TIES = [("1", "2"), ("2", "3")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "1 2\n2\t3\n"),
        ("a.edges", "1 2\n2 3"),
        ("a.csv", "1,2\n2 , 3\n"),
        ("a.CSV", '"1","2"\n2,"3"\n'),
        ("a.tsv", "1\t2\n2\t3\n"),
        ("a.txt", "# from a survey\n\n1 2\r\n   # more\r\n2 3\r\n"),
        ("a.csv", "\ufeff1,2\n2,3\n"),
        ("a.csv", "user_a,user_b\n1,2\n2,3\n"),
        ("a.txt", "# comment\nwho whom\n1 2\n2 3\n"),
        ("a.csv", "timestamp,sender,recipient\n17,1,2\n19,2,3\n"),
        ("a.csv", "Caller,duration,Callee\n1,60,2\n2,60,3\n"),
        ("a.txt.gz", gzip.compress(b"1 2\n2 3\n", mtime=0)),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n2,3\n", mtime=0)),
        ("without_its_ending.txt", gzip.compress(b"1 2\n2 3\n", mtime=0)),
    ],
)
def test_ties_are_read_from_every_accepted_form(file, name, content):
    assert _ties(read_contacts(file(content, name))) == TWO_TIES


def test_a_first_line_is_a_header_only_if_no_id_of_it_occurs_again(file):
    assert read_contacts(file("a b\nc d\n")).header == ("a", "b")
    assert _ties(read_contacts(file("a b\nb c\n"))) == [("a", "b"), ("b", "c")]
    assert _ties(read_contacts(file("1 2\n3 4\n"))) == [("1", "2"), ("3", "4")]
    assert _ties(read_contacts(file("anna ben\n"))) == [("anna", "ben")]
    assert _ties(read_contacts(file("anna ben\nanna ben\n"))) == [("anna", "ben")] * 2


def test_duplicates_and_loops_are_left_to_whoever_builds_a_population(file):
    assert _ties(read_contacts(file("1 1\n1 2\n2 1\n"))) == [("1", "1"), ("1", "2"), ("2", "1")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.csv", "user,forum,weight\n0,x,11.0\n1,x,1\n"),
        ("g.csv", "weight,Group,Member\n3,x,0\n1,x,1\n"),
        ("g.csv", "group,user\nx,0\nx,1\n"),
        ("g.txt", "0 x\n1 x\n"),
        ("g.tsv", "who\twhere\n0\tx\n1\tx\n"),
    ],
)
def test_memberships_are_read_by_the_names_of_columns_or_by_their_order(file, name, content):
    assert _rows(read_groups(file(content, name))) == [("0", "x"), ("1", "x")]


def test_users_and_groups_may_share_ids(file):
    table = read_groups(file("5 7\n7 5\n"))
    assert table.user_ids == ("5", "7")
    assert table.group_ids == ("7", "5")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("1 2\n3\n", "a.txt", "line 2: 1 column .*white space.*, and the lines above have 2"),
        ("1 2\n\n# x\n3 4 5\n", "a.txt", "line 4: 3 columns, and the lines above have 2"),
        ("1 2 1082040961\n", "a.txt", "line 1: 3 columns; it takes two ids per line"),
        ("x,y,z\n1,2,3\n", "a.csv", "line 1: 3 columns; .*sender/recipient"),
        ("1,2\n3,4\n", "a.txt", "line 1: 1 column .*csv files split at commas"),
        ("1,2\n,4\n", "a.csv", "line 2: an id is empty"),
        ('1,2\n"3,4\n', "a.csv", "line 2: the quotes do not close"),
        ("time,sender,recipient\n1,2,3\n1,2\n", "a.csv", "line 3: 2 columns, and .* have 3"),
        ("time,sender,recipient\n1,sender,3\n", "a.csv", "line 1: 3 columns"),
        ("", "a.txt", "holds no rows; it takes two ids"),
        ("# nothing\n\n", "a.txt", "holds no rows"),
        ("user_a,user_b\n", "a.csv", "holds a header and no rows"),
        (b"\x00\x01\x02", "a.txt", "is no text"),
        (b"\xff\xfe\xfa 1 2\n", "a.txt", "is no text"),
        (gzip.compress(b"1 2\n" * 1000, mtime=0)[:-9], "a.txt.gz", "no complete gzip file"),
        (
            gzip.compress(b"1 2\n" * 1000, mtime=0)[:20] + b"xxxx" * 30,
            "a.txt",
            "no complete gzip file",
        ),
        ("1 2\n", "a.txt.gz", "no complete gzip file"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_name(file, content, name, said):
    path = file(content, name)
    with pytest.raises(ConfigurationError, match=said) as refusal:
        read_contacts(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_a_membership_table_says_its_own_columns(file):
    with pytest.raises(ConfigurationError, match=r"line 1: 1 column.*a user and a group per line"):
        read_groups(file("5\n"))
    with pytest.raises(
        ConfigurationError, match="user/member/person and a column group/forum/chat"
    ):
        read_groups(file("user,groups,posts\n0,1,24\n", "users.csv"))


def test_missing_files_and_folders_are_one_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.txt cannot be read: No such file"):
        read_contacts(tmp_path / "nowhere.txt")
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_groups(tmp_path)


@given(content=st.binary(max_size=200), name=st.sampled_from(["a.txt", "a.csv", "a.tsv", "a.gz"]))
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    for read in (read_contacts, read_groups):
        with contextlib.suppress(ConfigurationError):
            read(path)


@given(
    st.text(alphabet='ab1 ,"#\t\n\r-0', max_size=60),
    st.sampled_from(["b.txt", "b.csv", "b.tsv"]),
)
def test_whatever_text_a_file_holds_it_is_read_or_refused(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_text(content)
    try:
        edges = read_contacts(path)
    except ConfigurationError:
        return
    assert len(edges.one) == len(edges.other) > 0
    assert all(edges.ids)
