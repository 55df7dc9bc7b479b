"""Check (b): the same copies, wherever the people are kept: in memory, in files, or nowhere at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.policy.presets import preset
from chatsim.population import stored
from chatsim.population.implicit import Implicit
from chatsim.population.values import Ids, Offsets, Population
from chatsim.study.populations import People
from chatsim.testing.verify import settings
from chatsim.testing.verify.equality import Match, row_of
from chatsim.testing.verify.values import Row, Way

POLICIES = ("uncapped", "whatsapp-latest")


def places(law: Audience, users: int) -> Mapping[str, People]:
    """One population: generated, as an implicit one is written down, and implicit."""
    stored_people = settings.crowd(law, users)
    implicit = Implicit(users, seed=stored_people.seed, law=settings.law_of_ties(law))
    return {
        "stored": stored_people,
        "materialised": implicit.materialised(),
        "implicit": implicit,
    }


def wherever_people_are_kept(way: Way, law: Audience, places: Mapping[str, People]) -> Row:
    """(b): one population, kept in several ways."""
    matches = [_match(way, places, law, policy) for policy in POLICIES]
    return row_of("b", f"one population, {law}", matches)


def from_files(way: Way, people: Population, folder: Path) -> Row:
    """(b): people with every contact listed once, as they are and read back from files written in `folder`."""
    once = once_each(people)
    write_contacts(once, folder / "contacts.txt")
    write_groups(once, folder / "groups.csv")
    read = stored(folder / "contacts.txt", folder / "groups.csv", seed=once.seed)
    kept = {"stored": once, "read from files": read}
    matches = [_match(way, kept, Audience.PICK, policy) for policy in POLICIES]
    return row_of("b", "one population, files", matches)


def _match(way: Way, places: Mapping[str, People], law: Audience, policy: str) -> Match:
    experiment = settings.wide(law, preset(policy), next(iter(places.values())))
    outcomes = {name: way(evolve(experiment, population=people)) for name, people in places.items()}
    return Match(experiment, outcomes)


def once_each(people: Population) -> Population:
    """The people with every chat listed once, by id, and nobody among their own contacts: as files have them."""
    users = range(people.users)
    contact_offsets, contacts = _rows([np.setdiff1d(people.contacts_of(u), u) for u in users])
    group_offsets, groups = _rows([np.unique(people.groups_of(u)) for u in users])
    return evolve(
        people,
        contact_offsets=contact_offsets,
        contacts=contacts,
        group_offsets=group_offsets,
        groups=groups,
    )


def _rows(rows: Sequence[Ids]) -> tuple[Offsets, Ids]:
    return np.cumsum([0, *map(len, rows)], dtype=np.int64), np.concatenate(rows)


def write_contacts(people: Population, path: Path) -> None:
    """An edge list, each pair once and the last one first: the order of lines decides nothing."""
    pairs = zip(_owners(people.contact_offsets), people.contacts.tolist(), strict=True)
    lines = [f"{user} {contact}\n" for user, contact in pairs if user < contact]
    path.write_text("".join(reversed(lines)), encoding="utf-8")


def write_groups(people: Population, path: Path) -> None:
    """A table of memberships, the last one first."""
    pairs = zip(_owners(people.group_offsets), people.groups.tolist(), strict=True)
    lines = [f"{user},{group}\n" for user, group in pairs]
    path.write_text("".join(reversed(lines)), encoding="utf-8")


def _owners(offsets: Offsets) -> list[int]:
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)).tolist()
