"""The arithmetic of communities: every step can be taken back, for any user, stub, slot and group."""

import numpy as np
import pytest

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.population import Communities, generate
from chatsim.population.communities import (
    COMMUNITY,
    CONTACTS,
    GROUPS,
    _class_counts,
    block_at,
    block_slots,
    first_community,
    first_group,
    layout,
    line_kind,
    line_of,
    line_of_group,
    place_of,
    position_of,
    rank_of,
)
from chatsim.population.permutation import permute, round_keys, unpermute
from chatsim.randomness.philox import STUBS, key_words

SIZES = [1, 60, 1_024, 1_025, 5_000]


@pytest.mark.parametrize("users", SIZES)
def test_every_rank_has_as_many_stubs_as_asked_split_over_three_levels(users):
    tables = layout(users, Communities())
    assert (np.diff(tables.prefixes, axis=-1) >= 0).all()
    whole = tables.prefixes[:, 0].sum(axis=1)
    assert np.diff(whole[CONTACTS]).min() == 2
    assert np.diff(whole[CONTACTS]).mean() == pytest.approx(35, rel=0.01)
    assert np.diff(whole[GROUPS]).mean() == pytest.approx(4.7, rel=0.01)
    shares = tables.prefixes[:, 0, :, -1] / whole[:, -1:]
    assert shares == pytest.approx(np.array([[0.7, 0.2, 0.1]] * 2), abs=1e-3)


def test_whole_shares_leave_no_stub_to_the_other_levels():
    tables = layout(100, Communities(share_community=1.0, share_region=0.0))
    assert tables.prefixes[:, 1, 1:].max() == 0
    assert tables.prefixes[CONTACTS, 1, 0, -1] > 0


@pytest.mark.parametrize(("communities", "regions"), [(1, 1), (7, 3), (8, 3), (10, 10)])
def test_regions_are_contiguous_and_cover_all_communities(communities, regions):
    for community in range(communities):
        region = line_of(1, community, communities, regions)
        first = first_community(1, region, communities, regions)
        beyond = first_community(1, region + 1, communities, regions)
        assert first <= community < beyond
    assert first_community(1, 0, communities, regions) == 0
    assert first_community(1, regions, communities, regions) == communities


def test_ranks_lead_back_to_positions():
    key = key_words(99)
    ranks = [rank_of(p, 700, 27, *key, 4) for p in range(700)]
    assert sorted(ranks) == list(range(700))
    assert [position_of(r, 700, 27, *key, 4) for r in ranks] == list(range(700))


@pytest.mark.parametrize(("users", "regions"), [(1, 1), (60, 1), (2_500, 2), (4_096, 3)])
def test_every_stub_of_a_line_leads_back_to_its_owner(users, regions):
    tables = layout(users, Communities(contacts_mean=3.0, groups_mean=1.0, regions=regions))
    place = compiled(place_of)
    for kind in (CONTACTS, GROUPS):
        for level in range(3):
            full, last = tables.prefixes[kind, :, level]
            for line in range(tables.lines[level]):
                first = first_community(level, line, tables.communities, regions)
                column = line_kind(level, line, tables.communities, regions)
                stub = 0
                for community in range(first, tables.communities):
                    row = last if community == tables.communities - 1 else full
                    if line_of(level, community, tables.communities, regions) != line:
                        break
                    for rank in np.repeat(np.arange(COMMUNITY), np.diff(row)):
                        assert place(stub, first, tables.communities, full, last) == (
                            community,
                            rank,
                        )
                        stub += 1
                assert stub == tables.lengths[kind, level, column]


@pytest.mark.parametrize("users", SIZES)
def test_slots_and_blocks_of_a_group_line_agree(users):
    tables = layout(users, Communities())
    for level, column in ((0, 1), (1, 2), (2, 3)):
        slots, groups = tables.block_slots[level, column], tables.block_groups[level, column]
        line = []
        for block in range(groups[-1]):
            start, size = block_slots(block, slots, groups, tables.sizes)
            assert start == len(line)
            line += [block] * int(size)
        rest = int(tables.lengths[GROUPS, level, column]) - len(line)
        assert 0 <= rest < 3
        line += [-1] * rest
        assert [block_at(s, slots, groups, tables.sizes) for s in range(len(line))] == line
    assert block_slots(groups[-1], slots, groups, tables.sizes) == (0, 0)


@pytest.mark.parametrize(("users", "regions"), [(1, 1), (60, 1), (2_500, 2), (4_096, 3)])
def test_group_numbers_run_through_the_lines_and_lead_back_to_them(users, regions):
    tables = layout(users, Communities(regions=regions))
    number = 0
    for level in range(3):
        for line in range(tables.lines[level]):
            column = line_kind(level, line, tables.communities, regions)
            numbers = tables.block_groups[level], tables.first_groups[level]
            assert first_group(level, line, column, *numbers) == number
            for _ in range(tables.block_groups[level, column, -1]):
                assert line_of_group(
                    number,
                    tables.communities,
                    regions,
                    tables.block_groups,
                    tables.first_groups,
                ) == (level, line)
                number += 1
    assert number == tables.groups


@pytest.mark.parametrize("length", [0, 2, 33, 400, 3_372, 10**6])
def test_a_line_is_cut_into_groups_of_the_shares_asked_for(length):
    law = Communities()
    counts = _class_counts(law, length)
    used = sum(count * size for count, size in zip(counts, law.group_sizes, strict=True))
    assert 0 <= length - used < law.group_sizes[0]
    if length > 3_000:
        shares = np.array(counts) / sum(counts)
        assert shares == pytest.approx(law.group_shares, abs=0.006)


def test_a_users_chats_can_be_found_by_arithmetic_alone():
    """What an implicit population will do: from a user to their contacts, without the materialised rows."""
    users, seed = 2_300, 21
    key = key_words(seed)
    tables = layout(users, Communities())
    population = generate(users, seed=seed)

    def size_and_side(community):
        first = community * COMMUNITY
        return min(COMMUNITY, users - first), int(
            tables.rank_sides[int(users - first <= COMMUNITY)]
        )

    for user in (0, 1_023, 1_024, 2_299):
        community, position = divmod(user, COMMUNITY)
        rank = rank_of(position, *size_and_side(community), *key, community)
        contacts, groups = [], set()
        for kind in (CONTACTS, GROUPS):
            for level in range(3):
                full, last = tables.prefixes[kind, :, level]
                row = last if community == tables.communities - 1 else full
                line = line_of(level, community, tables.communities, 1)
                first = first_community(level, line, tables.communities, 1)
                column = line_kind(level, line, tables.communities, 1)
                length = int(tables.lengths[kind, level, column])
                side = int(tables.sides[kind, level, column])
                keys = round_keys(*key, STUBS, line, kind * 3 + level)
                before = int((community - first) * full[-1])
                for stub in range(before + int(row[rank]), before + int(row[rank + 1])):
                    slot = permute(stub, length, side, keys)
                    if kind == GROUPS:
                        numbers = tables.block_groups[level, column]
                        block = block_at(
                            slot, tables.block_slots[level, column], numbers, tables.sizes
                        )
                        base = first_group(
                            level,
                            line,
                            column,
                            tables.block_groups[level],
                            tables.first_groups[level],
                        )
                        groups |= {base + block} if block >= 0 else set()
                    elif slot ^ 1 < length:
                        other = unpermute(slot ^ 1, length, side, keys)
                        there, rank_there = place_of(other, first, tables.communities, full, last)
                        where = position_of(rank_there, *size_and_side(there), *key, there)
                        contacts.append(int(there) * COMMUNITY + where)
        assert sorted(c for c in contacts if c != user) == population.contacts_of(user).tolist()
        assert sorted(groups) == population.groups_of(user).tolist()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"contacts_mean": 0.0}, "contacts_mean is 0.0"),
        ({"contacts_mean": float("nan")}, "contacts_mean is nan"),
        ({"contacts_sigma": -1.0}, "contacts_sigma is -1.0"),
        ({"groups_mean": -0.5}, "groups_mean is -0.5"),
        ({"share_community": 1.5}, "share_community is 1.5"),
        ({"share_community": 0.9, "share_region": 0.2}, "share_community . share_region is 1.1"),
        ({"regions": 0}, "regions is 0"),
        ({"group_sizes": (5, 3), "group_shares": (0.5, 0.5)}, "rising sizes of 2 members or more"),
        ({"group_sizes": (), "group_shares": ()}, "rising sizes"),
        ({"group_shares": (0.5, 0.5)}, "one share per size, together 1"),
        ({"group_sizes": (3, 4), "group_shares": (0.5, 0.6)}, "one share per size, together 1"),
    ],
)
def test_a_law_out_of_range_is_refused_with_what_it_takes(parameters, said):
    with pytest.raises(ConfigurationError, match=said):
        Communities(**parameters)
