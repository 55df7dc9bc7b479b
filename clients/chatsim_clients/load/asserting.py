"""What a load must hold: `p99<50ms`, `lost==0`, `acknowledgement.p99.9 <= 200 ms`; read whole before anything runs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.units import read_bytes, read_count, read_latency, read_rate
from chatsim_clients.load.quantities import MEASURES, QUANTITIES, Quantity, Unit, latency
from chatsim_clients.load.result import LoadResult, Measure

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
FORM = re.compile(r"\s*(?P<term>[a-z0-9_.]+)\s*(?P<sign><=|>=|==|<|>)\s*(?P<bound>[^<>=]+?)\s*")
LATENCY = re.compile(r"(?:(?P<measure>[a-z_]+)\.)?(?P<what>p\d{1,2}(?:\.\d+)?|max|mean)")
READERS: dict[Unit, Callable[[object, str], float]] = {
    Unit.COUNT: read_count,
    Unit.RATE: read_rate,
    Unit.LATENCY: read_latency,
    Unit.BYTES: read_bytes,
}


@frozen
class Assertion:
    """A number of the load and the bound it must keep."""

    text: str
    """As given."""
    quantity: Quantity
    sign: str
    bound: float
    """In the quantity's unit."""


@frozen
class Judgement:
    """An assertion after the run."""

    assertion: Assertion
    value: float | None
    """None where the run did not measure it; then it does not hold."""

    @property
    def holds(self) -> bool:
        if self.value is None:
            return False
        return OPERATORS[self.assertion.sign](self.value, self.assertion.bound)

    @property
    def sentence(self) -> str:
        """holds: p99<50ms (4.21 ms)."""
        quantity = self.assertion.quantity
        value = "not measured" if self.value is None else quantity.text(self.value)
        return f"{'holds' if self.holds else 'FAILED'}: {self.assertion.text} ({value})"


def read_assertion(text: str, option: str = "--assert") -> Assertion:
    """The assertion; ConfigurationError says what is accepted."""
    match = FORM.fullmatch(text)
    quantity = None if match is None else _quantity(match["term"])
    if match is None or quantity is None:
        raise ConfigurationError(f"{option} is {text!r}; {_takes()}")
    bound = READERS[quantity.unit](match["bound"], f"{option} {match['term']}")
    return Assertion(text.strip(), quantity, match["sign"], bound)


def _quantity(term: str) -> Quantity | None:
    if term in QUANTITIES:
        return QUANTITIES[term]
    match = LATENCY.fullmatch(term)
    if match is None or (match["measure"] or "delivery") not in MEASURES:
        return None
    measure: Measure = MEASURES[match["measure"] or "delivery"]
    return Quantity(
        term, f"{measure.value} {match['what']}", "", Unit.LATENCY, latency(measure, match["what"])
    )


def _takes() -> str:
    return (
        f"it takes a name, one of {' '.join(OPERATORS)} and a bound, such as p99<50ms, lost==0 or "
        "acknowledgement.p99.9<=200ms; names are p0 to p99.999, max and mean (of delivery, or behind "
        f"{', '.join(f'{name}.' for name in MEASURES)}), {', '.join(QUANTITIES)}"
    )


def judged(assertions: Sequence[Assertion], result: LoadResult) -> tuple[Judgement, ...]:
    """Every assertion with the run's value, in the order given."""
    return tuple(Judgement(each, each.quantity.of(result)) for each in assertions)
