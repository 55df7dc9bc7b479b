"""What a calibration found, in sentences: said once, for the command line, the page and the files."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.study.calibration.results import Fit, ParameterRange, TargetResult, Vector
from chatsim.study.calibration.settings import Unit
from chatsim.study.calibration.values import Calibration, Use
from chatsim.study.scenario import Stored
from chatsim.study.sentences import counted, percent
from chatsim.units import duration_text


def figure(value: float) -> str:
    """A target's value: two decimals below ten, a whole number above."""
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:,.0f}"


def listed(items: Sequence[str]) -> str:
    """A list in a sentence: "a, b and c"."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def setting(calibration: Calibration) -> str:
    """Who was played."""
    scenario = calibration.scenario
    people = scenario.population
    who = "the people of the files" if isinstance(people, Stored) else f"{people.users:,} people"
    return (
        f"{scenario.title}, {who}, {duration_text(scenario.duration_seconds)}; {calibration.points:,} "
        f"vectors of {counted(len(calibration.parameters), 'parameter')}, {counted(calibration.runs, 'run')} each"
    )


def answer(calibration: Calibration, fit: Fit) -> tuple[str, ...]:
    """The finding: what is predicted, from what, and what stays open."""
    if not fit.vectors:
        return (out_of_reach(calibration, fit),)
    predictions = [prediction(each) for each in fit.targets if each.use is Use.PREDICT]
    return (*predictions[:1], fitting(fit), open_questions(fit.parameters), *_card(fit))


def fitting(fit: Fit) -> str:
    """How many vectors give what was said."""
    wanted = listed(
        [f"{each.title}: {within(each)}" for each in fit.targets if each.use is Use.FIT]
    )
    return (
        f"{len(fit.vectors):,} of the {fit.played:,} vectors tried give what the fit asks for ({wanted}); "
        f"they are worth {fit.effective:.0f} of equal weight."
    )


def within(target: TargetResult) -> str:
    """What the source says, with its tolerance."""
    return f"{figure(target.said)} give or take {figure(target.tolerance)}"


def in_words(target: TargetResult, value: float) -> str:
    """A target's value as people say it: a ratio of 0.75 is "25 % fewer"."""
    if not target.ratio:
        return figure(value)
    return f"{percent(abs(1.0 - value))} % {'fewer' if value < 1 else 'more'}"


def interval(target: TargetResult) -> str:
    """The middle 95 % in the same words: "23 to 54 % fewer"; empty where it was not measured."""
    if target.low is None or target.high is None:
        return ""
    if not target.ratio:
        return f"{figure(target.low)} to {figure(target.high)}"
    if target.high < 1:
        return f"{percent(1.0 - target.high)} to {percent(1.0 - target.low)} %"
    return f"{in_words(target, target.low)} to {in_words(target, target.high)}"


def prediction(target: TargetResult) -> str:
    """What the vectors that fit say of a target, and whether it holds."""
    if target.median is None:
        return f"{target.title}: it could not be measured among the vectors that fit."
    says = f"{in_words(target, target.median)} ({interval(target)})"
    if target.met:
        verdict = "the prediction holds"
    elif target.inside:
        verdict = "the prediction misses, though its 95 % interval reaches what was said"
    else:
        verdict = "the prediction misses, and its 95 % interval does not reach what was said"
    return f"{target.title}: predicted {says}, said {in_words(target, target.said)}. So {verdict}."


def open_questions(parameters: Sequence[ParameterRange]) -> str:
    """What the targets say of the parameters, and what they do not."""
    said = []
    for verdict, words in (
        ("pinned down", "The targets pin down"),
        ("narrowed", "they narrow"),
        ("left open", "they leave open"),
    ):
        names = [each.title for each in parameters if each.verdict == verdict]
        if names:
            said.append(f"{words} {listed(names)}")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}.".replace("They ", "The targets ", 1)


def _card(fit: Fit) -> tuple[str, ...]:
    asked = [each for each in fit.targets if each.use is Use.PREDICT]
    if len(asked) < 2:
        return ()
    met = sum(each.met for each in asked)
    hold = {0: "none holds", 1: "one holds"}.get(met, f"{met} hold")
    return (f"Of {len(asked)} targets that no vector was chosen by, {hold}.",)


def out_of_reach(calibration: Calibration, fit: Fit) -> str:
    """That nothing fits, and what came nearest."""
    if fit.best is None:
        return (
            f"chance between {counted(fit.runs, 'run')} hides the fitted targets at all {fit.played:,} vectors; "
            "it takes more runs, or a wider tolerance"
        )
    wanted = listed([f"{each.name} {within(each)}" for each in fit.targets if each.use is Use.FIT])
    nearest = listed([figure(value) for value in fit.best.fitted])
    return (
        f"none of {fit.played:,} vectors within the ranges reaches {wanted}; "
        f"the nearest gives {nearest}, at {vector_text(calibration, fit.best)}"
    )


def vector_text(calibration: Calibration, vector: Vector) -> str:
    """The values of a vector, named."""
    return listed(
        [
            f"{parameter.setting.title} {parameter.setting.unit.text(value)}"
            for parameter, value in zip(calibration.parameters, vector.values, strict=True)
        ]
    )


def value_text(parameter: ParameterRange, value: float) -> str:
    """A value of a parameter, with its unit."""
    return Unit(parameter.unit).text(value)
