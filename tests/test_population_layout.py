"""The tables of communities: what is asked of a law is what they hold, and lines, blocks and groups add up."""

import numpy as np
import pytest

from chatsim.errors import ConfigurationError
from chatsim.population import Communities
from chatsim.population.communities import CONTACTS, GROUPS
from chatsim.population.layout import (
    _class_counts,
    block_slots,
    first_community,
    first_group,
    layout,
    line_kind,
)

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
    starts = [first_community(1, region, communities, regions) for region in range(regions + 1)]
    assert starts[0] == 0
    assert starts[-1] == communities
    assert (np.diff(starts) > 0).all()


@pytest.mark.parametrize("users", SIZES)
def test_every_slot_of_a_group_line_is_in_one_block(users):
    tables = layout(users, Communities())
    for level, column in ((0, 1), (1, 2), (2, 3)):
        slots, groups = tables.block_slots[level, column], tables.block_groups[level, column]
        filled = 0
        for block in range(groups[-1]):
            start, size = block_slots(block, slots, groups, tables.sizes[level, column])
            assert start == filled
            filled += size
        assert filled == slots[-1] == tables.domains[GROUPS, level, column, 0]


@pytest.mark.parametrize("users", SIZES)
def test_what_the_smallest_size_leaves_over_is_one_smaller_group(users):
    tables = layout(users, Communities())
    leftover = np.diff(tables.block_groups)[:, :, -1]
    sizes = tables.sizes[:, :, -1]
    assert leftover.max() <= 1
    assert ((sizes == 1) | (sizes == 2))[leftover == 1].all()
    assert (tables.sizes[:, :, :-1] == Communities().group_sizes).all()


@pytest.mark.parametrize(("users", "regions"), [(1, 1), (60, 1), (2_500, 2), (4_096, 3)])
def test_group_numbers_run_through_the_lines(users, regions):
    tables = layout(users, Communities(regions=regions))
    number = 0
    for level in range(3):
        for line in range(tables.lines[level]):
            column = line_kind(level, line, tables.communities, regions)
            numbers = tables.block_groups[level], tables.first_groups[level]
            assert first_group(level, line, column, *numbers) == number
            number += tables.block_groups[level, column, -1]
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


def test_more_ties_than_a_line_can_have_are_refused():
    law = Communities(contacts_mean=10_000.0, share_community=0.0, share_region=0.0)
    with pytest.raises(ConfigurationError, match=r"need a line of .* at most 1,099,511,627,776"):
        layout(2_000_000_000, law)
