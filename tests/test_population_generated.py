"""Generated communities against a reference written from the description alone, and against what was asked for."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from chatsim.errors import ConfigurationError
from chatsim.population import Communities, generate
from chatsim.population.communities import CONTACTS, GROUPS
from chatsim.population.layout import layout
from chatsim.population.permutation import domain_of, permute, round_keys
from chatsim.randomness import tables
from chatsim.randomness.philox import RANKS, STUBS, key_words

SMALL_LAW = Communities(
    contacts_mean=4.0,
    groups_mean=2.0,
    share_community=0.6,
    share_region=0.3,
    group_sizes=(2, 7),
    group_shares=(0.5, 0.5),
    regions=2,
)


def _round(value):
    return math.floor(value + Fraction(1, 2))


def _permuted(position, length, keys):
    return permute(position, domain_of(length), keys)


def _degrees(law, size):
    median = law.contacts_mean * math.exp(-(law.contacts_sigma**2) / 2)
    contacts = [
        max(1, math.floor(x + 0.5)) for x in tables.lognormal(median, law.contacts_sigma, size)
    ]
    groups = [math.floor(x + 0.5) for x in tables.exponential(law.groups_mean, size)]
    return contacts, groups


def _split(law, degrees):
    """[(stubs of rank r in community, region, world)]."""
    within, wider = Fraction(str(law.share_community)), Fraction(str(law.share_region))
    sums = [0]
    for degree in degrees:
        sums.append(sums[-1] + degree)
    near = [_round(p * within) for p in sums]
    far = [_round((p - q) * wider / (1 - within or 1)) for p, q in zip(sums, near, strict=True)]
    rest = [p - q - r for p, q, r in zip(sums, near, far, strict=True)]
    return [
        tuple(level[r + 1] - level[r] for level in (near, far, rest)) for r in range(len(degrees))
    ]


def _line(stubs, number, kind, key):
    """Stub by slot of a line, given its stubs in order."""
    keys = round_keys(*key, STUBS, number, kind)
    slots = [None] * len(stubs)
    for place, stub in enumerate(stubs):
        slots[_permuted(place, len(stubs), keys)] = stub
    return slots


def _cut(law, slots):
    """The groups of a line."""
    shares = [Fraction(str(share)) for share in law.group_shares]
    classes = list(zip(shares, law.group_sizes, strict=True))
    mean = sum(share * size for share, size in classes)
    counts, used, granted = [], 0, Fraction(0)
    for share, size in reversed(classes):
        granted += len(slots) * share * size / mean
        counts.insert(0, math.floor((granted - used) / size))
        used += counts[0] * size
    groups, slot = [], 0
    for count, size in zip(counts, law.group_sizes, strict=True):
        for _ in range(count):
            groups.append(slots[slot : slot + size])
            slot += size
    return [*groups, slots[slot:]] if slot < len(slots) else groups


def _reference(users, seed, law):
    """Contact, group and member lists, as the module's description has them."""
    key = key_words(seed)
    starts = range(0, users, 1024)
    lines = {}
    for community, start in enumerate(starts):
        size = min(1024, users - start)
        keys = round_keys(*key, RANKS, community, 0)
        at_rank = {_permuted(p, size, keys): start + p for p in range(size)}
        region = max(r for r in range(law.regions) if r * len(starts) // law.regions <= community)
        for kind, degrees in enumerate(_degrees(law, size)):
            for rank, counts in enumerate(_split(law, degrees)):
                for level, number in enumerate((community, region, 0)):
                    line = lines.setdefault((kind, level, number), [])
                    line += [(at_rank[rank], level, i) for i in range(counts[level])]
    chats = [[], []]
    members = []
    for kind, level, number in sorted(lines):
        slots = _line(lines[kind, level, number], number, kind * 3 + level, key)
        if kind == 0:
            for pair in (slots[slot : slot + 2] for slot in range(0, len(slots), 2)):
                chats[0] += [(*pair[0], pair[-1][0]), (*pair[-1], pair[0][0])][: len(pair)]
        else:
            for group in _cut(law, slots):
                chats[1] += [(*stub, len(members)) for stub in group]
                members.append(sorted({stub[0] for stub in group}))
    rows = [[[] for _ in range(users)] for _ in range(2)]
    for kind in range(2):
        for user, _, _, chat in sorted(chats[kind]):
            rows[kind][user].append(chat)
    return *rows, members


def _lists(offsets, values):
    return [values[a:b].tolist() for a, b in pairwise(offsets)]


@pytest.mark.parametrize(
    ("users", "seed", "law"),
    [
        (1, 1, Communities()),
        (2, 2, Communities()),
        (3, 3, Communities()),
        (10, 4, Communities()),
        (60, 2**63 + 5, Communities()),
        (1_025, 6, Communities()),
        (1_023, 7, Communities(contacts_mean=3.0)),
        (2_100, 8, SMALL_LAW),
        (3_072, 9, SMALL_LAW),
        (500, 10, Communities(share_community=1.0, share_region=0.0, groups_mean=0.0)),
        (500, 11, Communities(share_community=0.0, share_region=0.0, contacts_sigma=0.0)),
    ],
)
def test_it_equals_a_reference_written_from_the_description(users, seed, law):
    population = generate(users, seed=seed, law=law)
    contacts, groups, members = _reference(users, seed, law)
    assert _lists(population.contact_offsets, population.contacts) == contacts
    assert _lists(population.member_offsets, population.members) == members
    assert _lists(population.group_offsets, population.groups) == groups
    assert population.group_count == len(members)


@pytest.fixture(scope="module")
def population():
    return generate(20_480, seed=11)


def test_a_community_has_exactly_the_quantiles_of_contacts_and_groups(population):
    for offsets, asked in zip(
        (population.contact_offsets, population.group_offsets),
        _degrees(Communities(), 1024),
        strict=True,
    ):
        for degrees in np.diff(offsets).reshape(20, 1024):
            assert np.sort(degrees).tolist() == sorted(asked)


def test_ties_are_mutual(population):
    users = np.repeat(np.arange(population.users), np.diff(population.contact_offsets))
    there = np.sort(users * population.users + population.contacts)
    back = np.sort(population.contacts.astype(np.int64) * population.users + users)
    assert np.array_equal(there, back)
    to_oneself = int((users == population.contacts).sum())
    assert population.notes[0].startswith(
        f"{to_oneself:,} of {len(users):,} places for contacts are notes to oneself"
    )


def test_seven_contacts_in_ten_are_of_ones_own_community(population):
    users = np.repeat(np.arange(population.users), np.diff(population.contact_offsets))
    within = (users // 1024 == population.contacts // 1024).mean()
    assert within == pytest.approx(0.7 + 0.3 / 20, abs=0.01)


def test_groups_have_the_sizes_asked_for_but_for_doubles(population):
    tables_ = layout(20_480, Communities())
    sizes = np.diff(population.member_offsets)
    asked = np.concatenate(
        [
            np.repeat(tables_.sizes[level, kind], np.diff(tables_.block_groups[level, kind]))
            for level, kind, times in ((0, 0, 19), (0, 1, 1), (1, 2, 1), (2, 3, 1))
            for _ in range(times)
        ]
    )
    assert len(asked) == population.group_count
    assert (sizes <= asked).all()
    assert (sizes == asked).mean() > 0.9
    assert asked.sum() == len(population.groups)
    shares = np.bincount(asked, minlength=151)[list(Communities().group_sizes)] / len(asked)
    assert shares == pytest.approx(Communities().group_shares, abs=0.005)


def test_notes_to_oneself_and_doubles_come_at_their_computed_rate():
    """Sixteen communities of 1,000 users by as many seeds, against the exact expectations of random pairing."""
    runs, users = 16, 1_000
    tables_ = layout(users, Communities())
    to_oneself, doubles = 0.0, 0.0
    for level, column in ((0, 1), (1, 2), (2, 3)):
        stubs = np.diff(tables_.prefixes[CONTACTS, 1, level])[:users]
        to_oneself += (stubs * (stubs - 1)).sum() / (stubs.sum() - 1) + stubs.sum() % 2
        listed = np.diff(tables_.prefixes[GROUPS, 1, level])[:users]
        blocks = np.diff(tables_.block_groups[level, column])
        for size, count in zip(tables_.sizes[level, column], blocks, strict=True):
            absent = stats.hypergeom.pmf(0, listed.sum(), listed, size)
            doubles += count * (size - (1 - absent).sum())
    populations = [generate(users, seed=seed) for seed in range(runs)]
    owners = [np.repeat(np.arange(users), np.diff(p.contact_offsets)) for p in populations]
    seen = sum(int((p.contacts == of).sum()) for p, of in zip(populations, owners, strict=True))
    seen_doubles = sum(len(p.groups) - len(p.members) for p in populations)
    assert abs(seen - runs * to_oneself) < 4 * math.sqrt(2 * runs * to_oneself)
    assert abs(seen_doubles - runs * doubles) < 4 * math.sqrt(runs * doubles)


def _clustering(population):
    """Closed among all paths of two ties between different people, each tie counted once."""
    users = np.repeat(np.arange(population.users), np.diff(population.contact_offsets))
    known = np.zeros((population.users, population.users), dtype=np.float32)
    known[users, population.contacts] = 1
    np.fill_diagonal(known, 0)
    degrees = known.sum(axis=1, dtype=np.float64)
    return ((known @ known) * known).sum(dtype=np.float64) / (degrees * (degrees - 1)).sum()


def test_communities_cluster():
    """About 0.05 in three default communities (0.037 in twelve), and 0.033 when everybody may tie to anybody."""
    alone = Communities(share_community=0.0, share_region=0.0)
    assert 0.047 < _clustering(generate(3_072, seed=3)) < 0.057
    assert 0.028 < _clustering(generate(3_072, seed=3, law=alone)) < 0.038


def test_the_same_seed_gives_the_same_population_and_another_seed_another():
    first, again, other = generate(1_200, seed=5), generate(1_200, seed=5), generate(1_200, seed=6)
    assert np.array_equal(first.contacts, again.contacts)
    assert np.array_equal(first.members, again.members)
    assert not np.array_equal(first.contacts[:1_000], other.contacts[:1_000])
    assert not np.array_equal(first.members[:1_000], other.members[:1_000])


def test_a_region_keeps_its_ties_apart_from_the_worlds():
    law = Communities(share_community=0.0, share_region=1.0, regions=2)
    population = generate(4_096, seed=1, law=law)
    users = np.repeat(np.arange(4_096), np.diff(population.contact_offsets))
    assert np.array_equal(users // 2_048, population.contacts // 2_048)
    assert (users // 1_024 != population.contacts // 1_024).any()
    assert all(
        len(set(population.members_of(g) // 2_048)) <= 1 for g in range(population.group_count)
    )


def test_the_population_says_what_it_is(population):
    assert population.description == "20,480 people (generated)"
    assert population.seed == 11
    assert population.names is None


@pytest.mark.parametrize("users", [0, -3, 2**31])
def test_sizes_out_of_range_are_refused(users):
    with pytest.raises(ConfigurationError, match="from 1 to"):
        generate(users, seed=0)


def test_more_regions_than_communities_are_refused():
    with pytest.raises(ConfigurationError, match="split into 3 regions"):
        generate(2_000, seed=0, law=Communities(regions=3))
