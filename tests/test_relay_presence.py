"""Presence: contacts only, at most one word a second, all devices of a user together."""

from __future__ import annotations

import pytest

from chatsim.policy.presets import resolve
from chatsim.population.roster import PopulationRoster
from chatsim.relay.roster import OpenRoster
from chatsim.wire.messages import Leave, Presence, Subscribe
from tests.bench import Bench, Groups
from tests.cases import population_of

OPEN = resolve("uncapped")


class Neighbours(Groups):
    """Contacts are those whose number is next to one's own."""

    def is_contact(self, user: int, other: int) -> bool:
        return abs(user - other) == 1


def watching(*users: int) -> tuple[Bench, int]:
    bench = Bench(OPEN)
    watcher = bench.log_in(0)
    bench.say(watcher, Subscribe(users))
    bench.heard[watcher].clear()
    return bench, watcher


def test_whoever_subscribes_hears_at_once_how_things_stand_in_the_order_asked():
    bench = Bench(OPEN)
    watcher, _ = bench.log_in(0), bench.log_in(2)
    assert bench.say(watcher, Subscribe((3, 2, 2))) == [Presence(3, False), Presence(2, True)]


def test_strangers_and_unknown_users_read_like_the_absent_and_stay_silent():
    bench = Bench(OPEN, Neighbours(10))
    watcher, _ = bench.log_in(0), bench.log_in(5)
    told = bench.say(watcher, Subscribe((1, 5, 99, 0)))
    assert told == [Presence(user, False) for user in (1, 5, 99, 0)]
    bench.log_in(5, 1)
    bench.log_in(1)
    bench.elapse()
    assert bench.heard[watcher][len(told) + 1 :] == [Presence(1, True)]


def test_coming_and_going_is_told_once_a_second():
    bench, watcher = watching(1)
    session = bench.log_in(1)
    assert bench.heard[watcher] == []
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True)]
    bench.close(session)
    bench.elapse()
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True), Presence(1, False)]


def test_a_device_that_comes_and_goes_all_the_time_causes_at_most_one_word_a_second():
    bench, watcher = watching(1)
    for _ in range(20):
        bench.close(bench.log_in(1))
    bench.elapse()
    assert bench.heard[watcher] == []
    for _ in range(20):
        session = bench.log_in(1)
        bench.say(session, Leave(0))
    bench.log_in(1)
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True)]


def test_several_devices_of_a_user_are_one_presence():
    bench, watcher = watching(1)
    phone, laptop = bench.log_in(1, 0), bench.log_in(1, 1)
    bench.elapse()
    bench.close(phone)
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True)]
    bench.close(laptop)
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True), Presence(1, False)]


def test_a_device_that_replaces_itself_was_never_away():
    bench, watcher = watching(1)
    bench.log_in(1)
    bench.elapse()
    bench.log_in(1)
    bench.elapse()
    assert bench.heard[watcher] == [Presence(1, True)]


def test_whoever_subscribes_between_a_change_and_its_telling_hears_the_same_as_the_others():
    bench, watcher = watching(1)
    session = bench.log_in(1)
    late = bench.log_in(2)
    assert bench.say(late, Subscribe((1,))) == [Presence(1, False)]
    bench.elapse()
    assert bench.heard[watcher] == bench.heard[late][-1:] == [Presence(1, True)]
    bench.close(session)
    later = bench.log_in(3)
    assert bench.say(later, Subscribe((1,))) == [Presence(1, True)]
    bench.log_in(1)
    bench.elapse()
    assert bench.heard[later][-1] == Presence(1, True)


def test_a_new_list_replaces_the_former_and_an_empty_one_ends_it():
    bench, watcher = watching(1)
    assert bench.say(watcher, Subscribe((2,))) == [Presence(2, False)]
    bench.log_in(1)
    bench.log_in(2)
    bench.elapse()
    assert bench.heard[watcher][1:] == [Presence(2, True)]
    assert bench.say(watcher, Subscribe(())) == []
    bench.log_in(2)
    bench.elapse()
    assert len(bench.heard[watcher]) == 2


def test_a_watcher_who_is_gone_hears_nothing_and_the_next_one_starts_anew():
    bench, watcher = watching(1)
    bench.say(watcher, Leave(0))
    bench.log_in(1)
    bench.elapse()
    assert bench.heard[watcher] == []
    again = bench.log_in(0)
    bench.elapse()
    assert len(bench.heard[again]) == 1


@pytest.mark.parametrize("watched", [range(1_000), [7] * 1_000])
def test_a_session_watches_up_to_a_thousand_contacts(watched):
    bench = Bench(OPEN)
    watcher = bench.log_in(0)
    assert len(bench.say(watcher, Subscribe(tuple(watched)))) == len(set(watched))
    bench.say(watcher, Subscribe((1,) * 1_001))
    assert "at most 1,000 users" in bench.refusal(watcher)


def test_rosters_say_who_is_whose_contact():
    people = PopulationRoster(population_of([[1, 2], [0], [0, 2]]))
    assert [people.is_contact(0, other) for other in range(4)] == [False, True, True, False]
    assert [people.is_contact(2, other) for other in range(4)] == [True, False, False, False]
    anybody = OpenRoster(3)
    assert [anybody.is_contact(1, other) for other in range(-1, 4)] == [
        False,
        True,
        False,
        True,
        False,
    ]
