from __future__ import annotations

import json

import pytest

from chatsim.errors import StoreError
from chatsim.study.json_values import from_json, to_json
from chatsim.study.manifest import Timing
from chatsim.study.summary import FORMAT_VERSION, Summary
from tests.studies import small_study, small_summary


def test_a_summary_comes_back_as_it_was():
    summary = small_summary()
    assert from_json(to_json(summary), Summary, "summary.json") == summary


def test_a_timing_comes_back_with_what_the_server_carried():
    timing = small_study().timing
    assert from_json(to_json(timing), Timing, "timing.json") == timing


def test_equal_values_give_equal_text():
    assert to_json(small_summary()) == to_json(small_summary())


def test_another_format_version_is_named():
    plain = json.loads(to_json(small_summary())) | {"format_version": 99}
    told = "format version 99, which is newer than the"
    with pytest.raises(StoreError, match=told):
        from_json(json.dumps(plain), Summary, "summary.json")


THIS_VERSION = f'"format_version": {FORMAT_VERSION}'


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "null", "{}", f"{{{THIS_VERSION}}}", f'{{{THIS_VERSION}, "x": 2}}'],
)
def test_anything_else_is_damaged(text):
    with pytest.raises(StoreError, match=r"summary\.json is damaged"):
        from_json(text, Summary, "summary.json")
