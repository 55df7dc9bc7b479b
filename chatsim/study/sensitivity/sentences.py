"""The findings in computed sentences, which table, page and `sensitivity.json` share."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.study.scenario import Scenario
from chatsim.study.search import headline_content
from chatsim.study.sensitivity.factors import GIVEN
from chatsim.study.sensitivity.values import Counts, Flips, Sensitivity, Stricter
from chatsim.study.sentences import RUNS_ENOUGH, RUNS_FEW, counted, percent, readers
from chatsim.study.summary import Estimate

PERCENT = 100.0
MATTERS = 0.5
"""A factor is named with the most important one if its effect is at least half as large."""
NAMED_MAX = 3
NOTHING_MANY = 0.5
"""Above this share of combinations without an outbreak an analysis says little."""


def setting(scenario: Scenario, people: str, originators: int) -> str:
    """What was played, in one sentence but for its end."""
    content = scenario.contents[headline_content(scenario)]
    article = "An" if content.name[:1].lower() in tuple("aeiou") else "A"
    return (
        f"{article} {content.name} that {readers(content.share_probability)}, "
        f"{counted(originators, 'originator')}, {people}"
    )


def points(share: float) -> str:
    """A difference of shares: 0.031 -> "3.1 points", 0.01 -> "1 point", -0.02 -> "-2 points"."""
    text = percent(share)
    return f"{text} point" if text in {"1", "-1"} else f"{text} points"


def title_of(found: Sensitivity, which: Stricter) -> str:
    """The title of one of the two policies."""
    return found.second.title if which is Stricter.SECOND else found.first.title


def wins(counts: Counts, which: Stricter) -> int:
    """In how many combinations this policy was the stricter one."""
    return counts.second if which is Stricter.SECOND else counts.first


def title(found: Sensitivity) -> str:
    """The finding in a few words."""
    counts, flips = found.counts, found.flips
    if not counts.compared:
        return f"The {found.headline} never breaks out, so there is nothing to compare"
    if flips.usually is Stricter.UNDECIDED:
        return "Under no assumption do the two policies visibly differ"
    best, other = title_of(found, flips.usually), title_of(found, flips.usually.other)
    if flips.count:
        return f"It depends: {best} is usually stricter than {other}, but not always"
    same = ", or no different" if counts.undecided else ""
    return f"{best} is stricter than {other}{same}, whatever is assumed"


def answer(found: Sensitivity) -> tuple[str, ...]:
    """The ranking, the gap at the scenario's own values, what decides its size, and what could not be compared."""
    if not found.counts.compared:
        return (_nothing(found),)
    said = [_ranking(found)]
    if found.flips.count:
        said.append(_conditions(found.flips) if found.flips.conditions else _clearest(found))
    said += [_base(found), _size(found)]
    if found.counts.nothing:
        said.append(_nothing(found))
    return tuple(said)


def _ranking(found: Sensitivity) -> str:
    counts, flips = found.counts, found.flips
    many = f"{counts.compared:,} combinations of assumptions"
    if flips.usually is Stricter.UNDECIDED:
        return f"In none of {many} was one policy visibly stricter than the other."
    best, other = title_of(found, flips.usually), title_of(found, flips.usually.other)
    rest = f"in {counts.undecided:,} no difference was seen" if counts.undecided else ""
    if not flips.count:
        ending = f"; {rest}, and in none was {other} stricter" if rest else ""
        given = any(each.source == GIVEN for each in found.factors)
        ranges = "its range" if given else "its plausible range"
        won = wins(counts, flips.usually)
        where = f"all {many}" if won == counts.compared else f"{won:,} of {many}"
        return (
            f"Which of the two is stricter does not depend on any assumption within {ranges}: "
            f"{best} kept the {found.headline} from more people in {where}{ending}."
        )
    return (
        f"Which of the two is stricter depends on the assumptions: {best} in "
        f"{wins(counts, flips.usually):,} of {many}, {other} in {flips.count:,}"
        f"{f'; {rest}' if rest else ''}."
    )


def _conditions(flips: Flips) -> str:
    texts = _listed([each.text for each in flips.conditions])
    share = (
        "All of them"
        if flips.meeting_flips == flips.count
        else f"{flips.meeting_flips:,} of these {flips.count:,}"
    )
    return (
        f"{share} have {texts}; of the {counted(flips.meeting, 'combination')} with that, "
        f"{flips.meeting_flips:,} {'flips' if flips.meeting_flips == 1 else 'flip'}."
    )


def _clearest(found: Sensitivity) -> str:
    clearest, named = found.flips.strongest[0], important(found)
    values = [
        f"{factor.title} of {value}"
        for factor, value in zip(found.factors, clearest.values, strict=True)
        if factor.title in named
    ]
    where = f", with {_listed(values)}" if values else ""
    return (
        f"The clearest flip is combination {clearest.number:,}{where}: "
        f"{points(abs(clearest.gap.value))} the other way ({_range(clearest.gap)})."
    )


def _base(found: Sensitivity) -> str:
    if found.base.stricter is Stricter.NOTHING:
        return f"As the scenario has it, the {found.headline} seldom breaks out."
    first, second = (_fewer(each) for each in found.base.against)
    gap = found.base.gap
    start = (
        f"As the scenario has it, {found.first.title} reaches {first} people than uncapped, "
        f"{found.second.title} {second}"
    )
    if not gap.excludes_zero:
        return f"{start}: no difference between the two was seen in {counted(found.runs, 'run')}."
    return f"{start}: {points(abs(gap.value))} apart ({_range(gap)})."


def _fewer(against: Estimate) -> str:
    word = "more" if against.value > 0 else "fewer"
    return f"{percent(abs(against.value))} % {word}"


def _range(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "no interval"
    low, high = sorted((abs(estimate.low), abs(estimate.high)))
    return f"{percent(low)} to {percent(high)}"


def important(found: Sensitivity) -> tuple[str, ...]:
    """Titles of the factors that matter most: the first, and others at least half as important, three at most."""
    ranked = [(each.title, each.mu_star) for each in found.morris] or [
        (each.title, each.total) for each in found.sobol
    ]
    top = ranked[0][1] if ranked else 0.0
    named = [title for title, effect in ranked if top > 0 and effect >= MATTERS * top]
    return tuple(named[:NAMED_MAX])


def _size(found: Sensitivity) -> str:
    named = important(found)
    if not named:
        return "No assumption changes how far apart the two policies are."
    low, high = sorted((in_favour(found.gap_low, found), in_favour(found.gap_high, found)))
    spread = f"the gap lies between {percent(low)} and {points(high)}"
    return (
        f"How far apart the two are depends mostly on {_listed(named)}: over all combinations {spread}. "
        f"Chance between runs moves a gap by about {points(found.chance)} either way."
    )


def in_favour(gap: float, found: Sensitivity) -> float:
    """A gap counted for the usually stricter policy: above zero where that one is stricter."""
    return -gap if found.flips.usually is Stricter.FIRST else gap


def points_in_favour(gap: float, found: Sensitivity) -> float:
    """The same in percentage points."""
    return PERCENT * in_favour(gap, found)


def stricter_first(found: Sensitivity) -> tuple[str, str]:
    """The titles of the two policies, the usually stricter one first."""
    best = Stricter.FIRST if found.flips.usually is Stricter.FIRST else Stricter.SECOND
    return title_of(found, best), title_of(found, best.other)


def _nothing(found: Sensitivity) -> str:
    return (
        f"In {found.counts.nothing:,} of {counted(found.counts.all, 'combination')} the {found.headline} "
        f"reached {found.outbreak_reach:,} people in fewer than 3 of 10 runs even uncapped: "
        "there is nothing to compare, and they are left out."
    )


def weakness(found: Sensitivity) -> tuple[str, ...]:
    """Why the analysis says little, and what to try."""
    reasons, counts = [], found.counts
    if found.runs < RUNS_FEW:
        reasons.append(
            f"{counted(found.runs, 'run')} for each combination cannot tell a gap from chance; "
            f"try --runs {RUNS_ENOUGH}."
        )
    if counts.nothing > NOTHING_MANY * counts.all:
        reasons.append(
            f"In most combinations the {found.headline} does not break out; try a higher range of "
            "share_probability, or more users."
        )
    elif counts.undecided > NOTHING_MANY * counts.compared:
        reasons.append(
            f"In {counts.undecided:,} of {counts.compared:,} combinations no difference was seen; "
            "try more runs, or more users."
        )
    return tuple(reasons)


def _listed(items: Sequence[str]) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
