"""One person's story, from the files of a study: what reached them, from whom, and what they did with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE, Label
from chatsim.policy.decision import FRICTION_DELAY, FRICTION_FROM
from chatsim.study.results_files import Study, kept, read_study
from chatsim.study.sentences import counted
from chatsim.study.summary import PolicyResult
from chatsim.units import duration_text

LABEL_WORDS = {
    Label.NONE: "no label",
    Label.FORWARDED: 'the label "forwarded"',
    Label.MANY_TIMES: 'the label "forwarded many times"',
}

Row = dict[str, Any]
"""One line of a table, read here and nowhere else."""


def explain(directory: Path, user: str, run: int = 0, policy: str | None = None) -> str:
    """The story of `user` (a number, or the name in the input file) in one run, as lines of text.

    Under every policy, or under the one named. Raises ConfigurationError where there is no study or no tree of it, and
    for a person, run or policy that it does not have.
    """
    study = read_study(directory)
    if not 0 <= run < study.summary.study.runs:
        message = f"run is {run}; it takes a number from 0 to {study.summary.study.runs - 1}"
        raise ConfigurationError(message)
    user_number = _number_of(study, user)
    story = _Story(study, kept(study.spread), kept(study.deeds), user_number, run)
    return "\n".join(story.lines(_chosen(study, policy)))


def _chosen(study: Study, policy: str | None) -> tuple[PolicyResult, ...]:
    policies = study.summary.policies
    if policy is None:
        return policies
    chosen = tuple(each for each in policies if each.name == policy)
    if not chosen:
        names = ", ".join(each.name for each in policies)
        message = f"policy is {policy!r}; this study has {names}"
        raise ConfigurationError(message)
    return chosen


def _number_of(study: Study, user: str) -> int:
    if study.names is not None:
        found = study.names.filter(pl.col("name") == user)["user"]
        if len(found):
            return int(found[0])
        message = f"there is no person {user!r}; this study takes the ids of its input file"
        raise ConfigurationError(message)
    users = study.summary.study.users
    if user.isascii() and user.isdigit() and int(user) < users:
        return int(user)
    message = f"there is no person {user!r}; this study takes a number from 0 to {users - 1}"
    raise ConfigurationError(message)


@frozen
class _Story:
    study: Study
    spread: pl.DataFrame
    deeds: pl.DataFrame
    user: int
    run: int

    def lines(self, policies: tuple[PolicyResult, ...]) -> Iterator[str]:
        yield f"Person {self._name(self.user)} in run {self.run}"
        for policy in policies:
            yield ""
            yield f"{policy.title} (chats at a time: {policy.chats_at_a_time})"
            for result in policy.contents:
                yield f"  {result.content}"
                for line in self._content(policy, result.content):
                    yield f"    {line}"

    def _content(self, policy: PolicyResult, content: str) -> Iterator[str]:
        copy = self._row(self.spread, policy.name, content)
        if copy is None:
            yield "It never reached them."
            return
        yield from self._received(policy, copy)
        deed = self._row(self.deeds, policy.name, content)
        if deed is None:
            yield "They did not pass it on."
            return
        yield from self._passed_on(copy, deed)

    def _row(self, table: pl.DataFrame, policy: str, content: str) -> Row | None:
        found = table.filter(
            (pl.col("run") == self.run)
            & (pl.col("policy") == policy)
            & (pl.col("content") == content)
            & (pl.col("user") == self.user)
        )
        return found.row(0, named=True) if len(found) else None

    def _received(self, policy: PolicyResult, copy: Row) -> Iterator[str]:
        when = self._when(copy["tick"])
        if copy["parent"] is None:
            yield f"They started it on {when}."
            return
        way = "" if copy["chat"] is None else f" in group {copy['chat']}"
        yield f"It reached them on {when}, from person {self._name(copy['parent'])}{way}."
        so_far = counted(copy["hop_claimed"], "forward")
        shown = f", with {LABEL_WORDS[Label(copy['label'])]}" if policy.labels else ""
        yield f"It claimed {so_far} so far{shown}."
        truly = copy["depth"] - 1
        if truly != copy["hop_claimed"]:
            yield f"That was wrong: it had truly been passed on {_times(truly)} before."

    def _passed_on(self, copy: Row, deed: Row) -> Iterator[str]:
        originator = copy["parent"] is None
        wanted = counted(deed["wanted"], "chat")
        if originator:
            posted = counted(deed["original_chats"], "chat")
            yield f"They posted it to {posted} ({_copies(deed['original_copies'])})."
        else:
            yield from self._prompted(copy, deed, wanted)
            if deed["abandoned"]:
                return
            forwarded = counted(deed["forwarded_chats"], "chat")
            actions = counted(deed["actions"], "action")
            yield f"They forwarded it to {forwarded} ({_copies(deed['forwarded_copies'])}) in {actions}."
        if deed["held_back"]:
            yield f"The cap held back {counted(deed['held_back'], 'chat')} at first."
        if deed["refused"]:
            yield f"The relay refused {counted(deed['refused'], 'act')}."
        if deed["denied"]:
            yield f"They asked for {counted(deed['denied'], 'chat')} and never got there."
        if deed["original_chats"] and not originator:
            pasted = counted(deed["original_chats"], "chat")
            yield f"They pasted it as new to {pasted} ({_copies(deed['original_copies'])})."

    def _prompted(self, copy: Row, deed: Row, wanted: str) -> Iterator[str]:
        """When they acted, which is the reading unless a prompt held them up, and whether they gave up at one."""
        when, waited = self._when(deed["tick"]), self._wait(copy)
        if deed["abandoned"]:
            yield f"They wanted to send it to {wanted}."
            yield f"They met a prompt, and gave up on {when}."
        elif waited:
            yield f"They wanted to send it to {wanted}, and began on {when}."
            yield f"A prompt's wait of {duration_text(waited)} came before, if their app showed it."
        else:
            yield f"They read it on {when} and wanted to send it to {wanted}."

    def _wait(self, copy: Row) -> int:
        """Seconds that the policy's prompt takes for such a copy; modified apps and other rules may have none."""
        row = next(each.row for each in self.study.manifest.policies if each.name == copy["policy"])
        return row[FRICTION_DELAY] if copy["hop_claimed"] >= row[FRICTION_FROM] else 0

    def _when(self, tick: int) -> str:
        """The day of the run and the time, both local: "day 1 at 13:05"."""
        local = tick + self.study.manifest.utc_offset_seconds
        day, seconds = divmod(local, ONE_DAY)
        hour, minute = seconds // ONE_HOUR, seconds % ONE_HOUR // ONE_MINUTE
        return f"day {day + 1} at {hour:02}:{minute:02}"

    def _name(self, user: int) -> str:
        if self.study.names is None:
            return str(user)
        return str(self.study.names["name"][user])


def _copies(number: int) -> str:
    return "1 copy" if number == 1 else f"{number:,} copies"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
