"""Computed sentences about traces, which table and page share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatsim.study.estimates import Estimate
from chatsim.study.scenario import Scenario
from chatsim.study.sentences import counted, percent
from chatsim.study.trace.blame import Who
from chatsim.study.trace.cases import Family
from chatsim.study.trace.values import Answered, Claimed, TraceFound
from chatsim.units import duration_text

TITLE = "What would a report bring to light?"
NAMES: Final = {
    "none": "No traceability",
    "frank": "Franking",
    "tag": "Open tag",
    "tag-escrowed": "Escrowed tag",
    "signed-origin": "Signed origin",
    "hashdb": "Hash database",
    "traceback": "Traceback",
    "traceback-sealed": "Sealed traceback",
    "traceback-tree": "Tree traceback",
}
"""Modes as people call them."""
COUNTED_BY: Final = {
    "clear": "the relay counts forwards",
    "client": "apps count forwards",
    "receipt": "the relay counts forwards by permits",
    "blind": "forwards are paid with tokens that the relay cannot tell apart",
}
"""Enforcement in plain words."""
CHEATS: Final = {
    "relabel": "start the counter of forwards anew",
    "inflate": "count too many forwards",
    "paste": "paste what they should forward",
    "re-encode": "change the text a little before they forward it",
    "frame": "write somebody else's name into what a message says of its origin",
    "cut": "break off what a message says of its origin",
}
"""What a cheat's apps do."""
AS_IT_IS = Family.AS_IT_IS.value
RUNS_FEW = 5
REPORTS_FEW = 100
BYTES: Final = ((1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB"))


def setting(found: TraceFound, people: str, scenario: Scenario) -> str:
    """What was run, in one line."""
    contents = " and ".join(each.name for each in scenario.contents)
    return (
        f"{contents.capitalize()} among {people}, {duration_text(scenario.duration_seconds)}, under {found.policy_title} "
        f"({COUNTED_BY[found.enforcement]}); {counted(found.queries, 'report')} of each in each of "
        f"{counted(found.runs, 'run')}"
    )


def share_text(estimate: Estimate | None) -> str:
    """A share with its interval: "62 % (55 to 70 %)"; "-" where there is none."""
    if estimate is None:
        return "-"
    text = f"{percent(estimate.value)} %"
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return text
    return f"{text} ({percent(estimate.low)} to {percent(estimate.high)} %)"


def number_text(estimate: Estimate | None) -> str:
    """A number with its interval: "2.4 (1.9 to 3.1)"; "-" where there is none."""
    if estimate is None:
        return "-"
    text = f"{estimate.value:.1f}"
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return text
    return f"{text} ({estimate.low:.1f} to {estimate.high:.1f})"


def byte_text(count: float) -> str:
    """Bytes in the decimal unit that fits; "nothing" of none."""
    for size, unit in BYTES:
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{round(count)} bytes" if count >= 1 else "nothing"


def name(mode: str) -> str:
    """A mode as people call it."""
    return NAMES.get(mode, mode)


def marked(claim: Claimed) -> str:
    """A mode's name, with a star where its construction is nobody's but ours."""
    return f"{name(claim.mode)}{'*' if claim.unreviewed else ''}"


def wrongly(each: Answered) -> Estimate | None:
    """Share of answers that blame somebody else than the true originator."""
    right = each.precision
    if right is None:
        return None
    if right.low is None or right.high is None:
        return Estimate(1.0 - right.value, None, None)
    return Estimate(1.0 - right.value, 1.0 - right.high, 1.0 - right.low)


def answer(found: TraceFound) -> tuple[str, ...]:
    """The finding in plain words: who is blamed, what cheats and pasting do, who is shown, what is held."""
    naming = [each for each in found.modes if found.of(each, AS_IT_IS).precision is not None]
    said: list[str] = []
    if naming:
        said += [
            _who(found, naming),
            *_apart(found),
            *_framed(found, naming),
            *_pasting(found, naming),
        ]
        said += [_shown(found, naming)]
    silent = [each for each in found.modes if each not in naming]
    if silent:
        names = _listed(silent)
        said.append(f"With {names.lower()}, no report names anybody.")
    said.append(_held(found))
    return tuple(said)


def _listed(modes: list[str]) -> str:
    names = [name(each) for each in modes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _who(found: TraceFound, naming: list[str]) -> str:
    def right(mode: str) -> float:
        precision = found.of(mode, AS_IT_IS).precision
        return 0.0 if precision is None else precision.value

    best, worst = max(naming, key=right), min(naming, key=right)
    text = (
        f"As people behave here, a report blames the true originator in "
        f"{share_text(found.of(best, AS_IT_IS).precision)} of answers under {_listed(_like(naming, best, right)).lower()}"
    )
    if right(best) == right(worst):
        return f"{text}."
    return f"{text}, and in {share_text(found.of(worst, AS_IT_IS).precision)} under {_listed(_like(naming, worst, right)).lower()}."


def _like(modes: list[str], mode: str, value: Callable[[str], float]) -> list[str]:
    """The modes that do as well as one of them."""
    return [each for each in modes if value(each) == value(mode)]


def _apart(found: TraceFound) -> tuple[str, ...]:
    """Why a hash database blames others: a text has more beginnings than one."""
    if "hashdb" not in found.modes:
        return ()
    begun = found.of("hashdb", AS_IT_IS).originators.value
    if begun < 1.05:
        return ()
    return (
        (
            f"The reports of one text lead back to {begun:.1f} people on average who began it independently of each other; "
            f"{name('hashdb').lower()} blames the first of all for every copy."
        ),
    )


def _framed(found: TraceFound, naming: list[str]) -> tuple[str, ...]:
    """The cheat and the mode that have most people blamed who never sent the content."""
    tried = [
        (found.of(mode, case.name).share(Who.BYSTANDER), mode, case)
        for case in found.cases_of(Family.CHEAT)
        for mode in naming
    ]
    worst = max(tried, key=lambda each: each[0].value, default=None)
    if worst is None or worst[0].value == 0.0:
        return ()
    share, mode, case = worst
    cheat = case.name.removesuffix(" alone")

    def value(mode: str) -> float:
        return found.of(mode, case.name).share(Who.BYSTANDER).value

    return (
        (
            f"Where the apps of {percent(case.share)} % of people {CHEATS[cheat]}, {share_text(share)} of reports under "
            f"{_listed(_like(naming, mode, value)).lower()} blame somebody who never sent it: they are framed."
        ),
    )


def _pasting(found: TraceFound, naming: list[str]) -> tuple[str, ...]:
    sweep = found.cases_of(Family.PASTING)
    if len(sweep) < 2:
        return ()
    most = sweep[-1]

    def fall(mode: str) -> float:
        first, last = found.of(mode, sweep[0].name).precision, found.of(mode, most.name).precision
        return first.value - last.value if first and last else 0.0

    worst = max(naming, key=fall)
    before, after = (
        found.of(worst, sweep[0].name).precision,
        found.of(worst, most.name).precision,
    )
    if before is None or after is None or fall(worst) <= 0:
        return ()
    return (
        (
            f"Pasting a text instead of forwarding it starts a new chain: under {_listed(_like(naming, worst, fall)).lower()}, "
            f"{share_text(before)} of answers are right where nobody pastes, and {share_text(after)} where "
            f"{percent(most.share)} % do."
        ),
    )


def _shown(found: TraceFound, naming: list[str]) -> str:
    most = max(naming, key=lambda mode: found.of(mode, AS_IT_IS).exposed_max)
    each = found.of(most, AS_IT_IS)
    return (
        f"One report shows {each.exposed.value:.1f} people on average under {name(most).lower()}, "
        f"and at most {each.exposed_max:,}."
    )


def _held(found: TraceFound) -> str:
    keeping = [each for each in found.costs if each.stored_year > 0]
    volume = f"{found.messages_per_day / 1e9:,.0f} billion messages a day"
    if found.messages_per_day < 1e9:
        volume = f"{found.messages_per_day:,.0f} messages a day"
    if not keeping:
        return "Under none of these modes does the relay keep anything for it."
    most = max(keeping, key=lambda each: each.stored_year)
    return (
        f"At {volume} {name(most.mode).lower()} would write up to {byte_text(most.stored_year)} a year about who sent what, "
        f"and hold up to {byte_text(most.stored_held)} of it on any day."
    )


def weakness(found: TraceFound) -> tuple[str, ...]:
    """Why the study says little, and what to try."""
    reasons = []
    if found.runs < RUNS_FEW:
        reasons.append(
            f"There are only {counted(found.runs, 'run')}, so that the intervals say little; try {RUNS_FEW} or more."
        )
    reports = min((each.reports for each in found.answers), default=0)
    if reports < REPORTS_FEW:
        reasons.append(
            f"In some case there are only {counted(reports, 'report')}; try more of them, or more people."
        )
    return tuple(reasons)
