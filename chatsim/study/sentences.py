"""Computed sentences and the few texts that table, report and summary share, so that they never disagree."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from chatsim.behaviour.values import Content
from chatsim.model import ONE_DAY
from chatsim.population.parts import Rollout, Unit, units_reached
from chatsim.study.estimates import Difference, Estimate, HalfTime
from chatsim.study.summary import ContentResult, PolicyResult, StudyDescription
from chatsim.units import UNITS, duration_text

RARELY = 0.3
NEARLY_ALWAYS = 0.9
"""Between these shares of big outbreaks uncapped, a study has room to tell policies apart."""


RUNS_FEW = 5
"""Below so many runs a bootstrap has too little to resample."""
RUNS_ENOUGH = 20


def study_sentence(
    content: Content,
    originators: int,
    population: str,
    duration_seconds: int,
    runs: int,
    rolled_out: str = "",
) -> str:
    """What was run, in one line, with whom a rollout reaches where there is one.

    "A rumour that 4 readers in 10 forward, 5 originators, 2,000 people (generated), 14 days, 40 runs".
    """
    end = f", {rolled_out}" if rolled_out else ""
    article = "An" if content.name[:1].lower() in tuple("aeiou") else "A"
    return (
        f"{article} {content.name} that {readers(content.share_probability)}, "
        f"{counted(originators, 'originator')}, {population}, {_length(duration_seconds)}, "
        f"{counted(runs, 'run')}{end}"
    )


def rollout_text(rollout: Rollout | None, users: int, regions: int) -> str:
    """Whom a rollout reaches: "policies for 50 % of people (1,000 of 2,000), uncapped for the rest"."""
    if rollout is None:
        return ""
    if rollout.named:
        reached = " and ".join((*rollout.regions, *rollout.cohorts))
    else:
        units = {Unit.USER: "people", Unit.COMMUNITY: "communities", Unit.REGION: "regions"}
        count, of = units_reached(rollout, users, regions)
        reached = f"{percent(rollout.share)} % of {units[rollout.unit]} ({count:,} of {of:,})"
    return f"policies for {reached}, uncapped for the rest"


def readers(share: float) -> str:
    """A share probability as people say it: "4 readers in 10 forward", "25 readers in 100 forward"."""
    if share == 1.0:
        return "every reader forwards"
    for of in (10, 100, 1000):
        if abs(share * of - round(share * of)) < 1e-9:
            break
    many = round(share * of)
    return f"{many} reader in {of} forwards" if many == 1 else f"{many} readers in {of} forward"


def _length(seconds: int) -> str:
    if seconds % ONE_DAY == 0:
        return counted(seconds // ONE_DAY, "day")
    return duration_text(seconds)


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 run", "2,000 runs"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def rough_duration(seconds: float) -> str:
    """A duration as a table shows it, in its two largest units: 187,345 -> "2 d 4 h"; whole minutes from ten up."""
    for (unit, size), (next_unit, next_size) in itertools.pairwise(UNITS):
        # Rounded first, so that 59.9 minutes are an hour and not 60 minutes.
        steps = round(seconds / next_size)
        whole, rest = divmod(steps, size // next_size)
        if unit == "min" and whole >= 10:
            return f"{round(seconds / size)} min"
        if whole:
            return f"{whole} {unit} {rest} {next_unit}" if rest else f"{whole} {unit}"
    return f"{round(seconds)} s"


def half_time_text(half: HalfTime) -> str:
    """How long half as far takes: "2 d 4 h", "never (31 runs)", or "no outbreak" where no run counts."""
    if half.got_there.runs == 0:
        return "no outbreak"
    if half.median_seconds is None:
        return f"never ({counted(half.never, 'run')})"
    return rough_duration(half.median_seconds)


def percent(share: float) -> str:
    """A share in whole per cent, or with one decimal below 10: "38", "3.2", "0"."""
    value = 100.0 * share
    text = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return "0" if text in {"0.0", "-0.0"} else text.removesuffix(".0")


def against_text(difference: Difference | None, runs: int) -> str:
    """A policy's reach against uncapped: "38 % fewer (31 to 45 %)", or that no difference was seen."""
    if difference is None:
        return "-"
    if not difference.seen and difference.absolute.low is not None:
        return f"no difference seen in {counted(runs, 'run')}"
    relative = difference.relative
    if relative.value < 0:
        return f"{percent(-relative.value)} % fewer{_range(relative, -1)}"
    return f"{percent(relative.value)} % more{_range(relative, 1)}"


def loss_text(lost: Estimate) -> str:
    """A share lost: "22 % fewer (15 to 30 %)"; a loss below zero is a gain: "2 % more (1 to 3 %)"."""
    if lost.value < 0:
        return f"{percent(-lost.value)} % more{_range(lost, -1)}"
    return f"{percent(lost.value)} % fewer{_range(lost, 1)}"


def _range(estimate: Estimate, sign: int) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    return f" ({percent(low)} to {percent(high)} %)"


def strictest(policies: Sequence[PolicyResult], content: str) -> PolicyResult | None:
    """The policy that lowers the reach of `content` most; None where no difference was seen for any."""
    lower = [policy for policy in policies if _lowers(policy.content(content))]
    return min(lower, key=lambda policy: policy.content(content).reach.value, default=None)


def _lowers(result: ContentResult) -> bool:
    against = result.against_uncapped
    return against is not None and against.seen and against.absolute.value < 0


def finding(study: StudyDescription, policies: Sequence[PolicyResult]) -> str:
    """The one sentence below the table."""
    content, control = study.headline, policies[0].content(study.headline)
    best = strictest(policies, content)
    if best is None:
        reached = f"the {content} reached {_people(control, study)} on average"
        if len(policies) == 1:
            return f"Uncapped, {reached}; there is no other policy to compare with."
        return (
            f"No policy lowered the reach of the {content} visibly in {counted(study.runs, 'run')}; "
            f"uncapped, {reached}."
        )
    result = best.content(content)
    sentence = (
        f"Under {best.title} the {content} reached {_people(result, study)} on average, "
        f"{against_text(result.against_uncapped, study.runs)} than uncapped"
    )
    before, after = control.outbreaks, result.outbreaks
    if not before.runs:
        return sentence + "."
    if before.count == after.count:
        return f"{sentence}; big outbreaks stayed at {after.count} of {after.runs}."
    verb = "fell" if after.count < before.count else "rose"
    return f"{sentence}; big outbreaks {verb} from {before.count} to {after.count} of {after.runs}."


def _people(result: ContentResult, study: StudyDescription) -> str:
    return f"{round(result.reach.value):,} of {study.users:,} people"


def answer(study: StudyDescription, policies: Sequence[PolicyResult]) -> tuple[str, ...]:
    """Three sentences for a first page: the finding, its price, and what takes longer or makes no difference.

    The finding alone where there is nothing to compare.
    """
    if len(policies) == 1:
        return (finding(study, policies),)
    best = strictest(policies, study.headline) or policies[-1]
    return (
        finding(study, policies),
        _price(best, best.content(study.headline)),
        f"{_delay(study, policies[0], best)}; {_without_effect(study, policies)}.",
    )


def _price(best: PolicyResult, result: ContentResult) -> str:
    per_100 = result.held_back_per_100
    if per_100 is None:
        effort = "nothing can be forwarded at all"
    else:
        effort = f"{round(per_100.value):,} chats are held back for every 100 that get a forward"
    lost = best.harmless_reach_lost
    if lost is None:
        return f"The price under {best.title}: {effort}."
    if not lost.excludes_zero:
        return f"The price under {best.title}: no loss of harmless reach seen, and {effort}."
    return f"The price under {best.title}: harmless content reaches {loss_text(lost)} people, and {effort}."


def _delay(study: StudyDescription, control: PolicyResult, best: PolicyResult) -> str:
    ours = best.content(study.headline).half_time
    theirs = control.content(study.headline).half_time
    if ours.got_there.runs == 0:
        return "Uncapped, no run was an outbreak, so that time to half as far says nothing"
    if ours.median_seconds is None or theirs.median_seconds is None:
        return (
            f"In {ours.never} of {counted(ours.got_there.runs, 'run')} it never gets half as far "
            f"as uncapped within {_length(study.duration_seconds)}"
        )
    ours_text, theirs_text = half_time_text(ours), half_time_text(theirs)
    return f"Half as far as uncapped takes {ours_text}; uncapped itself takes {theirs_text}"


def _without_effect(study: StudyDescription, policies: Sequence[PolicyResult]) -> str:
    same = [policy.title for policy in policies[1:] if not _seen(policy.content(study.headline))]
    runs = counted(study.runs, "run")
    if not same:
        return f"over {runs} every other policy differs visibly from uncapped"
    # Titles hold commas of their own.
    return f"over {runs} no difference from uncapped was seen for {' and '.join(same)}"


def _seen(result: ContentResult) -> bool:
    return result.against_uncapped is not None and result.against_uncapped.seen


def weakness(study: StudyDescription, policies: Sequence[PolicyResult]) -> tuple[str, ...]:
    """Why the study cannot tell policies apart, and what to try; empty where it can."""
    control = policies[0].content(study.headline)
    outbreaks, reasons = control.outbreaks, []
    # So few people have no big outbreaks, and --share auto looks for those.
    few = study.users < study.outbreak_reach
    seen = any(_seen(policy.content(study.headline)) for policy in policies[1:])
    if outbreaks.runs and outbreaks.share < RARELY and not few:
        reasons.append(
            f"Uncapped, only {outbreaks.count} of {outbreaks.runs} runs with one originator became a "
            f"big outbreak, so there is little for a cap to slow; try --share auto, or more users."
        )
    if len(policies) == 1:
        return tuple(reasons)
    if study.runs < RUNS_FEW:
        reasons.append(
            f"{counted(study.runs, 'run')} cannot tell a policy's effect from chance, "
            f"and an interval from so few says little; try --runs {RUNS_ENOUGH}."
        )
    if seen:
        return tuple(reasons)
    if outbreaks.runs and outbreaks.share > NEARLY_ALWAYS:
        reasons.append(
            f"Uncapped, {outbreaks.count} of {outbreaks.runs} runs with one originator became a big "
            "outbreak, and no policy changes its reach; try --share auto, or a lower share."
        )
    reasons.append(
        f"No policy's reach differs visibly from uncapped in {counted(study.runs, 'run')}; "
        f"try {'' if few else '--share auto, '}more runs, or more users."
    )
    return tuple(reasons)
