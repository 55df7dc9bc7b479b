from __future__ import annotations

import attrs
import pytest

from chatsim.errors import ConfigurationError
from chatsim.policy.rules import Friction
from chatsim.policy.values import Policy
from chatsim.study.explain import explain
from chatsim.study.manifest import compiled_policies
from chatsim.study.results_files import write_study
from chatsim.study.tables import Names, PlayedRun, deeds_table, spread_table
from tests.cascades import NOON, outcome_of, run_of
from tests.studies import UNCAPPED, small_study

COLUMNS = Names(("uncapped", "cap-5"), ("rumour", "joke"))
UNCAPPED_RUMOUR = run_of(
    [None, 0, 1, 2],
    hops=[0, 0, 1, 1],
    groups=[-1, -1, 4, -1],
    ticks=[NOON, NOON, NOON + 3_660, 200_000],
    hours=24 * 3,
    deeds=[
        {
            "user": 0,
            "tick": NOON,
            "wanted": 2,
            "actions": 1,
            "original_chats": 2,
            "original_copies": 9,
        },
        {
            "user": 2,
            "tick": 100_000,
            "wanted": 7,
            "actions": 1,
            "forwarded_chats": 7,
            "forwarded_copies": 1,
            "hop_made": 1,
        },
    ],
)
CAPPED_RUMOUR = run_of(
    [None, 0, 1, 2],
    hops=[0, 0, 1, 1],
    labels=[0, 0, 1, 1],
    deeds=[
        {
            "user": 2,
            "tick": NOON + 7_200,
            "wanted": 7,
            "held_back": 2,
            "refused": 1,
            "denied": 3,
            "actions": 2,
            "forwarded_chats": 5,
            "forwarded_copies": 12,
            "original_chats": 1,
            "original_copies": 1,
            "hop_made": 1,
        },
    ],
)
JOKE = run_of([None])


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path)


def write(tmp_path, **changes):
    played = [
        PlayedRun.of(0, "uncapped", outcome_of(UNCAPPED_RUMOUR, JOKE)),
        PlayedRun.of(0, "cap-5", outcome_of(CAPPED_RUMOUR, JOKE)),
    ]
    study = attrs.evolve(
        small_study(**changes),
        spread=spread_table(played, COLUMNS),
        deeds=deeds_table(played, COLUMNS),
    )
    write_study(tmp_path / "out", study)
    return tmp_path / "out"


def test_a_person_in_the_middle_has_a_story_under_every_policy(folder):
    assert (
        explain(folder, "2")
        == """\
Person 2 in run 0

Uncapped (chats at a time: any)
  rumour
    It reached them on day 1 at 13:01, from person 1 in group 4.
    It claimed 1 forward so far.
    They read it on day 2 at 03:46 and wanted to send it to 7 chats.
    They forwarded it to 7 chats (1 copy) in 1 action.
  joke
    It never reached them.

Five chats (chats at a time: 5, then 1)
  rumour
    It reached them on day 1 at 12:02, from person 1.
    It claimed 1 forward so far, with the label "forwarded".
    They read it on day 1 at 14:00 and wanted to send it to 7 chats.
    They forwarded it to 5 chats (12 copies) in 2 actions.
    The cap held back 2 chats at first.
    The relay refused 1 act.
    They asked for 3 chats and never got there.
    They pasted it as new to 1 chat (1 copy).
  joke
    It never reached them."""
    )


def test_one_policy_can_be_chosen(folder):
    story = explain(folder, "2", policy="cap-5")
    assert "Five chats" in story
    assert "Uncapped" not in story


PROMPTING = Policy(
    "cap-5", "Five chats", label_forwarded_from=1, friction=Friction(0.5, delay_seconds=90)
)


def prompted(tmp_path, **deed):
    deeds = [{"user": 2, "tick": NOON + 7_200, "wanted": 7, **deed}]
    run = run_of([None, 0, 1, 2], hops=[0, 0, 1, 1], deeds=deeds)
    played = [PlayedRun.of(0, "cap-5", outcome_of(run, JOKE))]
    study = small_study()
    study = attrs.evolve(
        study,
        manifest=attrs.evolve(study.manifest, policies=compiled_policies([UNCAPPED, PROMPTING])),
        spread=spread_table(played, COLUMNS),
        deeds=deeds_table(played, COLUMNS),
    )
    write_study(tmp_path / "out", study)
    return explain(tmp_path / "out", "2", policy="cap-5")


def test_whoever_gave_up_at_a_prompt_is_told_so(tmp_path):
    story = prompted(tmp_path, abandoned=7)
    assert "They wanted to send it to 7 chats." in story
    assert "They met a prompt, and gave up on day 1 at 14:00." in story
    assert "forwarded it to" not in story


def test_a_wait_at_a_prompt_is_not_called_reading(tmp_path):
    story = prompted(tmp_path, actions=1, forwarded_chats=7, forwarded_copies=7)
    assert "They wanted to send it to 7 chats, and began on day 1 at 14:00." in story
    assert "A prompt's wait of 1 min 30 s came before, if their app showed it." in story
    assert "They read it on" not in story


def test_an_originator_starts_it(folder):
    story = explain(folder, "0", policy="uncapped")
    assert "They started it on day 1 at 12:00." in story
    assert "They posted it to 2 chats (9 copies)." in story


def test_whoever_did_nothing_did_not_pass_it_on(folder):
    assert "They did not pass it on." in explain(folder, "1")


def test_a_hop_that_lies_is_put_right(folder):
    story = explain(folder, "3", policy="uncapped")
    assert "It claimed 1 forward so far." in story
    assert "That was wrong: it had truly been passed on 2 times before." in story


def test_times_are_local(tmp_path):
    story = explain(write(tmp_path, utc_offset=12 * 3600), "0", policy="uncapped")
    assert "They started it on day 2 at 00:00." in story


def test_people_go_by_the_names_of_the_input_file(tmp_path):
    folder = write(tmp_path, names=["anna", "ben", "7", "dora"])
    story = explain(folder, "7", policy="uncapped")
    assert story.startswith("Person 7 in run 0")
    assert "from person ben in group 4" in story
    with pytest.raises(
        ConfigurationError, match="there is no person '2'; this study takes the ids"
    ):
        explain(folder, "2")


@pytest.mark.parametrize("user", ["600", "-1", "anna", "", "1.5", "²"])
def test_an_unknown_person_is_one_sentence(folder, user):
    with pytest.raises(ConfigurationError, match="this study takes a number from 0 to 599"):
        explain(folder, user)


def test_an_unknown_run_or_policy_is_one_sentence(folder):
    with pytest.raises(ConfigurationError, match="run is 4; it takes a number from 0 to 3"):
        explain(folder, "1", run=4)
    with pytest.raises(
        ConfigurationError, match="policy is 'cap-9'; this study has uncapped, cap-5"
    ):
        explain(folder, "1", policy="cap-9")


def test_somebody_whom_nothing_ever_reached_is_told_so(folder):
    assert explain(folder, "599", policy="uncapped").count("It never reached them.") == 2


def test_no_line_is_wider_than_a_small_terminal(folder):
    assert max(len(line) for user in "0123" for line in explain(folder, user).split("\n")) <= 80
