"""A naive twin of the group of blind tokens: the curve of RFC 8032, section 5.1, in affine coordinates."""

from __future__ import annotations

from chatsim.provenance.edwards import POINT_BYTES, SCALAR_BYTES

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def plus(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    cross = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + cross, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - cross, -1, P) % P,
    )


def multiple(scalar: int, point: Point) -> Point:
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = plus(total, point)
        point = plus(point, point)
        scalar >>= 1
    return total


def with_y(y: int, *, odd: bool) -> Point | None:
    """The point of the curve with this y whose x is odd or even; None where there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and odd):
        return None
    return (x if x % 2 == odd else P - x), y


def encoded(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(POINT_BYTES, "little")


def decoded(data: bytes) -> Point:
    number = int.from_bytes(data, "little")
    point = with_y(number & (1 << 255) - 1, odd=bool(number >> 255))
    assert point is not None
    return point


def scalar(number: int) -> bytes:
    return (number % L).to_bytes(SCALAR_BYTES, "little")


def number(scalar_: bytes) -> int:
    return int.from_bytes(scalar_, "little")


BASE = with_y(4 * pow(5, -1, P) % P, odd=False)
assert BASE is not None
