"""What a scenario assumes: each parameter's value, what else is plausible, and where it comes from.

The report shows them, those without a source set apart: an interval covers chance between runs only,
never these.
"""

from __future__ import annotations

from attrs import frozen

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayForm, DelayLaw
from chatsim.study.scenario import Generated, PopulationSpec, Scenario, Stored, Uniform
from chatsim.units import count_text, duration_text, share_text

CHEATS = (
    "claim no forwards",
    "claim too many",
    "paste at once",
    "re-encode and paste",
    "frame others",
    "cut the chain",
)
LOMAX = "1 + floor(Lomax({shape:g})) chats, at most all of a person's chats"
REPLIES = "replies in SMS and CollegeMsg: median 3 to 44 min"
REPLIES_AND_MAIL = f"{REPLIES}; lognormal as in Doerr et al. 2013"


@frozen
class Parameter:
    """One assumption, in words. A source of None says that nobody has measured it for this use."""

    name: str
    value: str
    plausible: str | None = None
    source: str | None = None


def parameters(scenario: Scenario) -> tuple[Parameter, ...]:
    """Every assumption that the scenario's results rest on, in the order of a person's life."""
    several = len(scenario.contents) > 1
    contents = [
        parameter
        for content in scenario.contents
        for parameter in _of_content(content, f", {content.name}" if several else "")
    ]
    return (*_of_population(scenario.population), *contents, *_of_behaviour(scenario.behaviour))


def _of_content(content: Content, of: str) -> list[Parameter]:
    half_life = content.half_life_seconds
    return [
        Parameter(f"share probability{of}", share_text(content.share_probability), "10 % to 80 %"),
        Parameter(
            f"half-life{of}",
            "never stale" if half_life is None else duration_text(half_life),
            "6 h to never",
            "80 % of images are not shared after two days (New Scientist 2019-09-27)",
        ),
    ]


def _of_population(population: PopulationSpec) -> list[Parameter]:
    match population:
        case Generated():
            mean, sigma = population.contacts_mean, population.contacts_sigma
            form = "the form, not the value: Corten et al. 2025"
            return [
                Parameter(
                    "contacts per user", f"lognormal, mean {mean:g}, sigma {sigma:g}", None, form
                ),
                Parameter(
                    "groups per user", f"exponential, mean {population.groups_mean:g}", None, form
                ),
                Parameter("group sizes", "60 % of groups have 3 to 5 members, 1 % have 150"),
                Parameter(
                    "where contacts and groups are found", "70 % community, 20 % region, 10 % world"
                ),
            ]
        case Stored():
            return [Parameter("network", "as in the files", None, "the files given")]
        case Uniform():
            contacts = count_text(population.contacts_per_user)
            return [Parameter("contacts per user", f"{contacts}, each a random user")]


def _of_behaviour(behaviour: Behaviour) -> list[Parameter]:
    match behaviour.audience:
        case Audience.PICK:
            own = _of_pick(behaviour)
        case Audience.EACH:
            own = _of_each(behaviour)
        case Audience.REPEAT:
            own = _of_repeat(behaviour)
    shape = behaviour.susceptibility_shape
    return [
        *own,
        Parameter(
            "susceptibility",
            "everybody alike" if shape is None else f"Gamma, shape {shape:g}, mean 1",
            "shape 0.2 to 2",
        ),
        Parameter(
            "label factor, forwarded and many times",
            f"{behaviour.label_factor_forwarded:g} and {behaviour.label_factor_many_times:g}",
            "0.7 to 1",
            "small in surveys (UK, N = 1,250, 2024; Tandoc 2022)",
        ),
        Parameter("modified clients", _cheats(behaviour), "0 % to 10 %"),
    ]


def _cheats(behaviour: Behaviour) -> str:
    """The relabelling, and every other cheat that anybody has."""
    first, *others = zip(behaviour.cheats, CHEATS, strict=True)
    shares = [first, *(each for each in others if each[0] > 0)]
    return ", ".join(f"{share_text(share)} {does}" for share, does in shares)


def _of_reading_and_picking(behaviour: Behaviour) -> list[Parameter]:
    delay = behaviour.reading_delay
    source = REPLIES_AND_MAIL if delay.form is DelayForm.LOGNORMAL else REPLIES
    return [
        Parameter("reading delay", _law(delay), "median 3 to 45 min", source),
        Parameter(
            "night", "readings wait for the morning" if behaviour.night else "read at night too"
        ),
        Parameter(
            "wanted audience", LOMAX.format(shape=behaviour.audience_shape), "shape 1.2 to 2"
        ),
        Parameter("group chance per pick", share_text(behaviour.group_chance), "10 % to 40 %"),
    ]


def _of_pick(behaviour: Behaviour) -> list[Parameter]:
    return [
        *_of_reading_and_picking(behaviour),
        Parameter(
            "persistence, redo",
            f"{share_text(behaviour.persistence)}, after {duration_text(behaviour.redo_seconds)}",
            "0 % to 90 %",
        ),
        Parameter(
            "paste probability",
            share_text(behaviour.paste_probability),
            "0 % to 30 %",
            "duplicates without the flag suggest up to 16 % per hop (Brazil)",
        ),
    ]


def _of_each(behaviour: Behaviour) -> list[Parameter]:
    recovery = behaviour.recovery
    return [
        Parameter("delay of each chat", _law(behaviour.chat_delay), "median 3 to 45 min", REPLIES),
        Parameter("recovery", "never" if recovery is None else _law(recovery)),
    ]


def _of_repeat(behaviour: Behaviour) -> list[Parameter]:
    every, last = duration_text(behaviour.interval_seconds), behaviour.round_recovery
    ends = f"each the last with a chance of {share_text(last)}" if last > 0 else "without end"
    return [*_of_reading_and_picking(behaviour), Parameter("rounds", f"every {every}, {ends}")]


def _law(law: DelayLaw) -> str:
    if law.form is DelayForm.EXPONENTIAL:
        return f"exponential, median {duration_text(law.median_seconds)}"
    return f"lognormal, median {duration_text(law.median_seconds)}, sigma {law.sigma:g}"
