"""Presets: each row of the table of platform rules, aliases, flat caps, and what names resolve to."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from chatsim.errors import ConfigurationError
from chatsim.policy import compile_row, decision
from chatsim.policy.files import dump_policy
from chatsim.policy.presets import (
    ALIASES,
    alias_meaning,
    flat_cap,
    preset,
    preset_names,
    presets,
    resolve,
)

INF = decision.UNLIMITED
NO = decision.NEVER

# name: chats at score 0, 1..4, 5 and more; groups of forwarded copies; labels from; group max; from memory
TABLE = {
    "uncapped": (INF, INF, INF, INF, NO, NO, 1024, ()),
    "whatsapp-2017": (256, 256, 256, INF, NO, NO, 256, ()),
    "whatsapp-2018-07": (20, 20, 20, INF, 1, NO, 256, ()),
    "whatsapp-2018-07-india": (5, 5, 5, INF, 1, NO, 256, ()),
    "whatsapp-2019-01": (5, 5, 5, INF, 1, NO, 256, ()),
    "whatsapp-2019-08": (5, 5, 5, INF, 1, 5, 256, ()),
    "whatsapp-2020-04": (5, 5, 1, INF, 1, 5, 256, ()),
    "whatsapp-2022-04": (5, 5, 1, 1, 1, 5, 512, ()),
    "whatsapp-2022-11": (5, 5, 1, 1, 1, 5, 1024, ()),
    "whatsapp-latest": (5, 5, 1, 1, 1, 5, 1024, ()),
    "education-only": (INF, INF, INF, INF, NO, NO, 1024, ()),
    "label-only": (INF, INF, INF, INF, 1, 5, 1024, ()),
    "messenger-2020-09": (5, 5, 5, INF, NO, NO, 250, ("group_members_max",)),
    "signal": (5, 5, 5, INF, NO, NO, 1000, ("labels", "group_members_max")),
    "wechat": (9, 9, 9, INF, NO, NO, 500, ("group_members_max",)),
    "telegram": (INF, INF, INF, INF, NO, NO, 200_000, ("group_members_max",)),
}


def test_the_table_has_every_preset():
    assert set(TABLE) == set(preset_names())


@pytest.mark.parametrize("name", TABLE)
def test_a_preset_has_the_figures_of_its_row(name):
    fresh, forwarded, often, groups, label, many, members, from_memory = TABLE[name]
    policy = preset(name)
    row = compile_row(policy)
    assert decision.chats_offered(row, 0, 0) == fresh
    assert decision.groups_offered(row, 0) == INF
    for hop in (1, 2, 4):
        assert decision.chats_offered(row, hop, 0) == forwarded
        assert decision.groups_offered(row, hop) == groups
    for hop in (5, 6, 127):
        assert decision.chats_offered(row, hop, 0) == often
        assert decision.groups_offered(row, hop) == groups
    assert row[decision.LABEL_FORWARDED_FROM] == label
    assert row[decision.LABEL_MANY_FROM] == many
    assert row[decision.CAP_PERSON] == row[decision.CAP_TOTAL] == INF
    assert policy.group_members_max == members
    assert policy.provenance is not None
    assert policy.provenance.from_memory == from_memory


@pytest.mark.parametrize("policy", presets(), ids=lambda policy: policy.name)
def test_a_preset_names_its_source_and_date_and_has_a_short_title(policy):
    assert policy.provenance.source
    assert policy.provenance.since
    assert 0 < len(policy.title) <= 30
    assert preset(policy.name) is policy


@pytest.mark.parametrize("name", [*preset_names(), "cap-3"])
def test_a_toml_copy_of_a_preset_gives_its_row(name, tmp_path):
    path = tmp_path / "copy.toml"
    path.write_text(dump_policy(preset(name)), encoding="utf-8")
    copy = resolve(path)
    assert compile_row(copy) == compile_row(preset(name))
    assert (copy.name, copy.title, copy.note) == (name, preset(name).title, preset(name).note)
    assert copy.group_members_max == preset(name).group_members_max


def test_the_latest_says_what_it_stands_for_and_when_that_was_checked():
    policy = preset("whatsapp-latest")
    assert policy.name == "whatsapp-latest"
    assert compile_row(policy) == compile_row(preset(ALIASES["whatsapp-latest"]))
    assert policy.provenance.checked == dt.date(2026, 11, 21)
    meaning = "whatsapp-latest is whatsapp-2022-11, last checked 2026-11-21"
    assert alias_meaning("whatsapp-latest") == meaning
    assert policy.note == f"{meaning}."
    assert alias_meaning("uncapped") is None


@pytest.mark.parametrize("cap", [0, 1, 5, 20, 256, 1_000_000])
def test_a_flat_cap_holds_in_every_tier_and_labels_nothing(cap):
    policy = resolve(f"cap-{cap}")
    row = compile_row(policy)
    assert policy == flat_cap(cap)
    assert {decision.chats_offered(row, hop, 0) for hop in range(128)} == {cap}
    assert not policy.labels


def test_one_chat_is_no_plural():
    assert [flat_cap(cap).title for cap in (0, 1, 2_000)] == [
        "0 chats at a time",
        "1 chat at a time",
        "2,000 chats at a time",
    ]


@pytest.mark.parametrize(
    "given", ["cap--1", "cap-1.5", "cap-", "cap-01", "cap-٣", "cap-9999999999999", ""]
)
def test_what_looks_like_a_cap_and_is_none_is_refused(given):
    with pytest.raises(ConfigurationError, match="cap-N with a number of chats from 0 up"):
        preset(given)


def test_an_unknown_name_is_told_with_close_ones_and_where_the_list_is():
    with pytest.raises(ConfigurationError) as refusal:
        resolve("whatsap-2020-04")
    text = str(refusal.value)
    assert text.startswith(
        "there is no policy named 'whatsap-2020-04' (did you mean whatsapp-2020-04"
    )
    assert "chatsim policies lists them" in text


def test_a_file_that_is_not_there_is_told_as_a_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"mine\.toml cannot be read: No such file"):
        resolve(tmp_path / "mine.toml")


def test_a_file_may_not_borrow_a_preset_name_for_other_rules(tmp_path):
    path = tmp_path / "mine.toml"
    for name in ("uncapped", "cap-5", "whatsapp-latest"):
        path.write_text(f'name = "{name}"\ncap_person = 3\n')
        with pytest.raises(ConfigurationError, match=f"mine.toml: name is '{name}', a preset"):
            resolve(path)


@pytest.mark.parametrize("control", ["uncapped", "cap-20"])
@pytest.mark.parametrize("name", ["whatsapp-latest", "cap-5", "education-only"])
def test_a_preset_keeps_its_name_under_a_rollout(name, control, tmp_path):
    path = tmp_path / "policy.toml"
    rolled_out = evolve(resolve(name), untreated=resolve(control))
    path.write_text(dump_policy(rolled_out))
    found = resolve(path)
    assert found.name == name
    assert [compile_row(each) for each in found.everywhere] == [
        compile_row(each) for each in rolled_out.everywhere
    ]


def test_a_rollout_hides_no_other_rules_under_a_preset_name(tmp_path):
    path = tmp_path / "policy.toml"
    for other in (evolve(resolve("cap-5"), cap_person=3), resolve("uncapped")):
        path.write_text(dump_policy(evolve(other, name="cap-5", untreated=resolve("uncapped"))))
        with pytest.raises(ConfigurationError, match="a preset with other rules"):
            resolve(path)
