"""Many scenarios played for one question: whose runs come when, and what is left of a try that broke off."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from chatsim.errors import RunError, StoreError
from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial
from chatsim.study.playing import Here
from chatsim.study.points import Point, play_points
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.threads import ALONE_USERS_MIN, Threads
from tests.cascades import outcome_of, run_of

POLICIES = (preset("uncapped"), preset("cap-1"))
PLANS = tuple(RunPlan(run, 1) for run in range(3))


class Shelf:
    """Backends whose runs reach as many as their scenario has people, and which of them are open."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []
        self.open = self.open_max = 0

    def make(self, scenario: Scenario, threads: int):
        shelf, users = self, scenario.population.users

        class Backend:
            carried = None

            def __enter__(self):
                shelf.open += 1
                shelf.open_max = max(shelf.open, shelf.open_max)
                return self

            def __exit__(self, *_: object) -> None:
                shelf.open -= 1

            def play(self, policy, plan):
                copies = users % 10
                deeds = [{"user": 0, "original_chats": copies, "original_copies": copies}]
                return outcome_of(run_of([None] + [0] * copies, users=20, deeds=deeds))

            def tally(self, policy, plan):
                raise NotImplementedError

        self.made.append((users, threads))
        return Backend()


def points(*users: int) -> list[Point]:
    return [
        Point(Scenario(population=Generated(users=each)), POLICIES, PLANS, tree=True)
        for each in users
    ]


def reaches(runs) -> list[tuple[int, list[int]]]:
    return [(each.number, [m.reach for m in each.measures("cap-1")]) for each in runs]


WANTED = [(0, [6] * 3), (1, [8] * 3), (2, [6] * 3)]


@pytest.mark.parametrize("threads", [1, 3])
def test_points_come_in_order_from_one_backend_for_each_scenario(threads: int) -> None:
    shelf = Shelf()
    assert reaches(play_points(Threads(shelf.make, threads), points(15, 17, 15))) == WANTED
    assert shelf.made == [(15, 1), (17, 1)]
    assert shelf.open == 0


def test_points_are_played_by_whoever_plays_alone_too() -> None:
    here = Here(lambda scenario: Shelf().make(scenario, 1))
    assert reaches(play_points(here, points(15, 17, 15))) == WANTED


def test_people_who_fill_the_machine_are_gone_before_the_next_come() -> None:
    shelf = Shelf()
    huge = points(ALONE_USERS_MIN + 5, ALONE_USERS_MIN + 7)
    assert len(list(play_points(Threads(shelf.make, 4), huge))) == 2
    assert [threads for _, threads in shelf.made] == [4, 4]
    assert (shelf.open, shelf.open_max) == (0, 1)


def test_whoever_watches_hears_of_every_run() -> None:
    heard: list[object] = []

    class Watches:
        def stage(self, title: str, runs: int) -> None:
            heard.append((title, runs))

        def finished(self, runs: int) -> None:
            heard.append(runs)

    list(play_points(Threads(Shelf().make, 1), points(15, 17), None, Watches()))
    assert heard == [("Playing", 12)] + [1] * 12


def test_each_point_takes_over_its_own_runs(tmp_path: Path) -> None:
    partial = Partial.open(tmp_path / "out", "plan")
    player = Threads(Shelf().make, 1)
    runs = play_points(player, points(15, 17), partial)
    next(runs)
    runs.close()
    kept = partial.kept()
    assert 6 <= kept < 12
    again = list(play_points(player, points(15, 17), partial))
    assert reaches(again) == WANTED[:2]
    assert sum(run.resumed for each in again for run in each.played.values()) == kept


def test_a_full_disk_ends_it_with_a_sentence_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = Partial.open(tmp_path / "out", "plan")
    written: list[Path] = []

    def write(path: Path, content: bytes) -> None:
        if len(written) == 7:
            raise OSError(28, "No space left on device")
        path.write_bytes(content)
        written.append(path)

    with monkeypatch.context() as patched:
        patched.setattr("chatsim.study.partial.write_atomically", write)
        with pytest.raises(StoreError, match=r"could not keep a finished run in .*No space left"):
            list(play_points(Threads(Shelf().make, 1), points(15, 17), partial))
    assert partial.kept() == 7
    again = list(play_points(Threads(Shelf().make, 1), points(15, 17), partial))
    assert sum(run.resumed for each in again for run in each.played.values()) == 7


def test_a_player_that_loses_runs_is_found_out() -> None:
    class Loses(Threads):
        def play(self, jobs, partial):
            return super().play(jobs[:-1], partial)

    with pytest.raises(RunError, match="only 1 of 2 points"):
        list(play_points(Loses(Shelf().make, 1), points(15, 17)))


def test_a_point_knows_its_number_and_its_scenario() -> None:
    (runs,) = play_points(Threads(Shelf().make, 1), points(13))
    assert runs.point.scenario == attrs.evolve(Scenario(), population=Generated(users=13))
    assert len(runs.outcomes("uncapped")) == 3
