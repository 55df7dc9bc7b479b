"""What a calibration found, as frozen values: everything that its table, its page and `calibration.json` say."""

from __future__ import annotations

from attrs import frozen

from chatsim.study.calibration.values import Use

FORMAT_VERSION = 1
"""Of `calibration.json`, `vectors.parquet` and the `manifest.json` beside them."""


@frozen
class ParameterRange:
    """What the vectors that fit leave of one parameter's range; values in the parameter's unit."""

    name: str
    title: str
    unit: str
    """share (0 to 1), duration (seconds) or number."""
    scale: str
    low: float
    high: float
    source: str | None
    """Where the range comes from."""
    quantiles: tuple[float, float, float, float, float]
    """Of the vectors that fit, by weight: 2.5, 25, 50, 75 and 97.5 %."""
    narrowed: float
    """By how much the middle 95 % are shorter than those of even chances: 0 not at all, 1 to a point."""
    verdict: str
    """left open: no different from even chances; narrowed: different; pinned down: and shorter by half."""


@frozen
class Together:
    """Two parameters that the targets tie to each other, by their correlation among the vectors that fit."""

    first: str
    second: str
    correlation: float


@frozen
class TargetResult:
    """One target beside what the vectors that fit say of it, in runs that no vector was chosen by."""

    name: str
    title: str
    use: Use
    ratio: bool
    """Whether it is a ratio of two policies, 0.75 being 25 % fewer; else it is a level."""
    said: float
    """What the source says."""
    tolerance: float
    source: str
    note: str
    median: float | None
    """Over the drawn vectors and chance between runs; None: it could not be measured."""
    low: float | None
    high: float | None
    """The middle 95 %."""
    met: bool
    """Whether the median lies within the tolerance."""
    inside: bool
    """Whether the 95 % interval reaches what the source says, tolerance and all."""


@frozen
class Vector:
    """One vector of parameters that fits."""

    values: tuple[float, ...]
    """In the order of the parameters."""
    weight: float
    """Among all vectors that fit; they sum to 1."""
    draws: int
    """How often it stands among the drawn vectors."""
    fitted: tuple[float, ...]
    """The values of the fitted targets by which it was chosen, in their order."""
    predicted: tuple[float | None, ...]
    """Every target's value in further runs, in the order of the targets; empty where it was not drawn."""


@frozen
class Fit:
    """One calibration's result."""

    format_version: int
    name: str
    title: str
    setting: str
    """Who was played, in words."""
    parameters: tuple[ParameterRange, ...]
    together: tuple[Together, ...]
    """Pairs with a correlation of at least 0.3 that chance does not explain, the strongest first."""
    targets: tuple[TargetResult, ...]
    played: int
    """Vectors."""
    runs: int
    """Of each vector under each policy."""
    undecided: int
    """Vectors whose targets chance between runs leaves less certain than the tolerance."""
    effective: float
    """How many vectors of equal weight those that fit are worth."""
    best: Vector | None
    """The vector nearest to the targets, whether or not it fits; None: all are undecided."""
    vectors: tuple[Vector, ...]
    """All that fit, the heaviest first; none: the targets are out of reach."""
    answer: tuple[str, ...]
    """What was found, in sentences."""
