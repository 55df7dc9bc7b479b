"""Which combinations are played, and what each gave: the scenario's own, each factor alone at both ends, the plan's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from chatsim.study.scenario import Scenario
from chatsim.study.sensitivity import sampling
from chatsim.study.sensitivity.factors import Factor
from chatsim.study.sensitivity.gaps import Reached, change
from chatsim.study.sensitivity.values import Combination, End, Role, Swing
from chatsim.study.summary import Estimate


@frozen
class Choice:
    """A combination that is to be played."""

    role: Role
    factor: str
    values: tuple[float | None, ...]


def alone(scenario: Scenario, factors: Sequence[Factor]) -> Iterator[Choice]:
    """Everything as the scenario has it, and then each factor alone at its low end and at its high end."""
    base = tuple(factor.parameter.value(scenario) for factor in factors)
    yield Choice(Role.BASE, "", base)
    for i, factor in enumerate(factors):
        for role, end in ((Role.LOW, factor.low), (Role.HIGH, factor.high)):
            yield Choice(role, factor.name, (*base[:i], end, *base[i + 1 :]))


def together(factors: Sequence[Factor], plan: sampling.Matrix) -> Iterator[Choice]:
    """The plan's combinations: each factor at its share of the way from low to high."""
    for row in plan:
        values = (factor.between(float(share)) for factor, share in zip(factors, row, strict=True))
        yield Choice(Role.PLAN, "", tuple(values))


def combination_of(number: int, choice: Choice, reached: Reached, users: int) -> Combination:
    """What a choice gave."""
    return Combination(
        number=number,
        role=choice.role,
        factor=choice.factor,
        values=choice.values,
        reach=reached.means,
        breaks_out=reached.breaks_out(users),
        against=reached.against,
        gap=reached.gap,
        harmless_lost=reached.harmless_lost,
        stricter=reached.stricter(users),
    )


def swings_of(
    factors: Sequence[Factor],
    choices: Sequence[Choice],
    reached: Sequence[Reached],
    combinations: Sequence[Combination],
) -> tuple[Swing, ...]:
    """What each factor alone does to the gap, the widest first."""
    base, swings = reached[0], []
    for factor in factors:
        low, high = (i for i, choice in enumerate(choices) if choice.factor == factor.name)
        swings.append(
            Swing(
                factor=factor.name,
                title=factor.parameter.title,
                low=_end(factor.text(factor.low), combinations[low], change(base, reached[low])),
                high=_end(
                    factor.text(factor.high), combinations[high], change(base, reached[high])
                ),
            )
        )
    return tuple(sorted(swings, key=lambda each: -each.width))


def _end(value: str, combination: Combination, change: Estimate) -> End:
    return End(value, combination.gap, change, combination.stricter)
