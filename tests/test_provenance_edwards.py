"""The group of blind tokens, against its arithmetic written out, and proofs that hold for nothing but what was made."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.provenance import edwards
from chatsim.provenance.edwards import SCALAR_BYTES, Proof
from tests.naive_edwards import (
    BASE,
    NEUTRAL,
    L,
    P,
    Point,
    decoded,
    encoded,
    multiple,
    number,
    plus,
    scalar,
    with_y,
)


def torsion() -> list[Point]:
    """The eight points whose order divides 8: the multiples of any of order 8."""
    for y in range(2, 100):
        point = with_y(y, odd=False)
        if point is not None:
            eighth = multiple(L, point)
            if multiple(4, eighth) != NEUTRAL:
                return [multiple(at, eighth) for at in range(8)]
    raise AssertionError


TORSION = torsion()
DRAWN = random.Random(5)
SCALARS = [1, 2, 8, L - 1, *(DRAWN.randrange(1, L) for _ in range(4))]


def test_the_twin_stands_on_the_curve():
    assert multiple(L, BASE) == NEUTRAL
    assert len(set(TORSION)) == 8
    assert multiple(8, TORSION[1]) == NEUTRAL


@pytest.mark.parametrize("at", SCALARS)
def test_products_are_those_of_the_arithmetic_written_out(at):
    assert edwards.public_of(scalar(at)) == encoded(multiple(at, BASE))
    point = edwards.point_of(b"seed")
    assert edwards.times(scalar(at), point) == encoded(multiple(at, decoded(point)))


@pytest.mark.parametrize("seed", [b"", b"one", b"another", bytes(16)])
def test_seeds_lead_to_points_of_the_subgroup_each_to_its_own(seed):
    point = edwards.point_of(seed)
    assert edwards.is_point(point)
    assert multiple(L, decoded(point)) == NEUTRAL != decoded(point)
    assert point == edwards.point_of(seed) != edwards.point_of(seed + b"x")


@pytest.mark.parametrize("at", SCALARS)
def test_an_inverse_undoes_a_product(at):
    assert number(edwards.inverse(scalar(at))) * at % L == 1
    point = edwards.point_of(b"seed")
    product = edwards.times(scalar(at), point)
    assert edwards.times(edwards.inverse(scalar(at)), product) == point


@pytest.mark.parametrize("wide", [0, 1, L, L + 5, 2**512 - 1, 3 * L**2 + 7])
def test_wide_numbers_are_reduced(wide):
    assert number(edwards.scalar_of(wide.to_bytes(64, "little"))) == wide % L


def test_random_scalars_are_scalars_and_differ():
    drawn = {edwards.random_scalar() for _ in range(20)}
    assert len(drawn) == 20
    assert all(map(edwards.is_scalar, drawn))


@pytest.mark.parametrize("at", [0, L, L + 1, 2 * L, 2**255 + 1, 2**256 - 1])
def test_only_one_way_to_write_a_scalar_is_taken_and_zero_is_none(at):
    assert not edwards.is_scalar(at.to_bytes(SCALAR_BYTES, "little"))


# What is no point of the subgroup.


@pytest.mark.parametrize("at", range(8))
def test_points_of_small_order_and_their_sums_with_others_are_refused(at):
    small = encoded(TORSION[at])
    assert not edwards.is_point(small)
    assert edwards.times(scalar(5), small) is None
    point = decoded(edwards.point_of(b"seed"))
    beside = encoded(plus(point, TORSION[at]))
    assert edwards.is_point(beside) == (at == 0), "of the subgroup is the point itself alone"
    assert (edwards.times(scalar(5), beside) is not None) == (at == 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(31),
        edwards.point_of(b"seed") + b"\0",
        encoded((0, 1)),
        encoded((0, P - 1)),
        (P + 1).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),
        (2**256 - 1).to_bytes(32, "little"),
        next(y.to_bytes(32, "little") for y in range(2, 50) if with_y(y, odd=False) is None),
    ],
    ids=["nothing", "short", "long", "neutral", "order 2", "not reduced", "sign of no x", "ones", "off"],
)  # fmt: skip
def test_bytes_of_another_form_are_no_point(data):
    assert not edwards.is_point(data)
    assert edwards.times(scalar(5), data) is None


def test_a_product_that_is_neutral_is_none():
    assert edwards.times(bytes(SCALAR_BYTES), edwards.point_of(b"seed")) is None


@given(st.binary(max_size=40), st.binary(min_size=32, max_size=32))
def test_any_bytes_can_be_multiplied_or_are_no_point(data, by):
    product = edwards.times(by, data)
    if product is not None:
        assert edwards.is_point(data)
        assert edwards.is_point(product)


# Proofs.

SECRET = scalar(DRAWN.randrange(1, L))
PUBLIC = edwards.public_of(SECRET)
POINTS = [edwards.point_of(bytes([at])) for at in range(3)]
PRODUCTS = [encoded(multiple(number(SECRET), decoded(point))) for point in POINTS]
PROOF = edwards.prove(SECRET, PUBLIC, POINTS, PRODUCTS)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_proof_holds_for_the_batch_that_one_scalar_multiplied(count):
    proof = edwards.prove(SECRET, PUBLIC, POINTS[:count], PRODUCTS[:count])
    assert edwards.is_proven(PUBLIC, POINTS[:count], PRODUCTS[:count], proof)


def changed(data: bytes, place: int, by: int) -> bytes:
    return data[:place] + bytes([data[place] ^ by]) + data[place + 1 :]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 8), st.integers(0, 31), st.integers(1, 255))
def test_a_proof_with_any_byte_of_any_part_changed_is_none(part, place, by):
    parts = [PUBLIC, *POINTS, *PRODUCTS, *PROOF]
    parts[part] = changed(parts[part], place, by)
    assert not edwards.is_proven(parts[0], parts[1:4], parts[4:7], Proof(*parts[7:]))


@pytest.mark.parametrize("place", range(32))
@pytest.mark.parametrize("bit", [1, 128])
def test_no_bit_of_the_answer_goes_unread(place, bit):
    response = changed(PROOF.response, place, bit)
    assert not edwards.is_proven(PUBLIC, POINTS, PRODUCTS, PROOF._replace(response=response))


def test_the_same_answer_written_otherwise_is_none():
    response = (number(PROOF.response) + L).to_bytes(32, "little")
    assert not edwards.is_proven(PUBLIC, POINTS, PRODUCTS, PROOF._replace(response=response))


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\1"])
def test_any_bytes_at_all_prove_nothing_and_raise_nothing(fill):
    parts = [PUBLIC, *POINTS, *PRODUCTS, *PROOF]
    for at in range(len(parts)):
        wrong = [*parts[:at], fill * 32, *parts[at + 1 :]]
        assert not edwards.is_proven(wrong[0], wrong[1:4], wrong[4:7], Proof(*wrong[7:]))
    every = fill * 32
    assert not edwards.is_proven(every, [every], [every], Proof(every, every))


def test_products_by_another_scalar_are_not_proven():
    products = [edwards.times(scalar(number(SECRET) + 1), point) for point in POINTS]
    proof = edwards.prove(SECRET, PUBLIC, POINTS, products)
    assert not edwards.is_proven(PUBLIC, POINTS, products, proof)
    one_wrong = [*PRODUCTS[:2], products[2]]
    proof = edwards.prove(SECRET, PUBLIC, POINTS, one_wrong)
    assert not edwards.is_proven(PUBLIC, POINTS, one_wrong, proof)


def test_errors_that_cancel_each_other_are_found():
    """The sums of points and of products fit each other; only the weights tell."""
    error = decoded(edwards.point_of(b"error"))
    opposite = P - error[0], error[1]
    products = [
        encoded(plus(decoded(PRODUCTS[0]), error)),
        encoded(plus(decoded(PRODUCTS[1]), opposite)),
        PRODUCTS[2],
    ]
    proof = edwards.prove(SECRET, PUBLIC, POINTS, products)
    assert not edwards.is_proven(PUBLIC, POINTS, products, proof)
    swapped = [PRODUCTS[1], PRODUCTS[0], PRODUCTS[2]]
    proof = edwards.prove(SECRET, PUBLIC, POINTS, swapped)
    assert not edwards.is_proven(PUBLIC, POINTS, swapped, proof)


def test_a_proof_is_of_one_public_point_and_one_batch():
    other = scalar(7)
    products = [edwards.times(other, point) for point in POINTS]
    proof = edwards.prove(other, edwards.public_of(other), POINTS, products)
    assert edwards.is_proven(edwards.public_of(other), POINTS, products, proof)
    assert not edwards.is_proven(PUBLIC, POINTS, products, proof)
    assert not edwards.is_proven(PUBLIC, POINTS, PRODUCTS, proof)
    assert not edwards.is_proven(PUBLIC, POINTS[:2], PRODUCTS[:2], PROOF)


def test_two_proofs_of_the_same_differ_and_show_no_scalar():
    again = edwards.prove(SECRET, PUBLIC, POINTS, PRODUCTS)
    assert again != PROOF
    assert SECRET not in (*PROOF, *again)
