"""Parts of the people by place, and where their day begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.engine.people import People, user_of_place
from chatsim.population.parts import Parts

Numbers = NDArray[np.uint8]


def offsets_of(parts: Parts, utc_offset_seconds: int) -> tuple[int, ...]:
    """From UTC, by part: the region's, or the population's where there are no regions."""
    return tuple(
        utc_offset_seconds if part.region is None else part.utc_offset_seconds
        for part in parts.parts
    )


def parts_by_place(people: People, parts: Parts) -> Numbers:
    """The part of whoever stands at each place; empty where there is one part only."""
    if people.stored or not len(parts.of_user):
        return parts.of_user
    by_place = np.empty(people.users, dtype=np.uint8)
    compiled(fill_places, allocates=False)(people, parts.of_user, by_place)
    return by_place


def fill_places(people: People, of_user: Numbers, by_place: Numbers) -> None:
    """Kernel: everybody's part, by place."""
    for place in range(len(by_place)):
        by_place[place] = of_user[user_of_place(people, place)]
