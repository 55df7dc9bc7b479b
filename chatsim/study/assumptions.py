"""What a study takes for granted, each with its source or none: the list behind "how sure are we?".

A source speaks for a default only: a value that somebody changed has no source that we know of.
"""

from __future__ import annotations

from attrs import frozen

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.study.scenario import Generated, Scenario, Stored
from chatsim.study.summary import Assumption
from chatsim.units import duration_text, share_text

REPLIES = (
    "replies to SMS (median 3 min) and to private messages among students (median 44 min): "
    "the Copenhagen and CollegeMsg data"
)
LIFETIME = "80 % of images are not shared after two days: New Scientist, 27 September 2019"
LABEL_SURVEYS = "labels have a small effect in surveys: UK, N = 1,250 (2024); Tandoc 2022"
NOT_MODELLED = (
    (
        "New contents that compete for attention",
        "not modelled: reach and time are too high under every policy",
    ),
    ("People who leave groups", "not modelled: reach through groups is too high"),
    (
        "Friends alike in how readily they forward",
        "not modelled: clusters of keen forwarders would make outbreaks smaller and more frequent",
    ),
    ("Refutations that chase a rumour", "not modelled: late reach is too high"),
)


@frozen
class _Sourced:
    """A default's source holds while the value is the default."""

    name: str
    value: str
    default: str
    source: str

    def assumption(self) -> Assumption:
        return Assumption(
            self.name, self.value, self.source if self.value == self.default else None
        )


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Everything that decides the outcome and was not measured in this study, most telling first."""
    return (
        *(_share(content) for content in scenario.contents),
        *_audience(scenario.behaviour),
        *_going_on(scenario.behaviour),
        *_sourced(scenario),
        *_population(scenario),
        *(Assumption(name, value, None) for name, value in NOT_MODELLED),
    )


def _share(content: Content) -> Assumption:
    return Assumption(
        f"Readers who forward the {content.name}", share_text(content.share_probability), None
    )


def _audience(behaviour: Behaviour) -> list[Assumption]:
    if behaviour.audience is Audience.EACH:
        return [Assumption("Chats that a person forwards to", "each on its own coin", None)]
    wanted = f"1 + floor(Lomax({behaviour.audience_shape:g}))"
    return [
        Assumption("Chats that a person wants to forward to", wanted, None),
        Assumption(
            "Chance that a wanted chat is a group", share_text(behaviour.group_chance), None
        ),
    ]


def _going_on(behaviour: Behaviour) -> list[Assumption]:
    redo = duration_text(behaviour.redo_seconds)
    return [
        Assumption(
            "People held back who go on with another action",
            f"{share_text(behaviour.persistence)} after each, {redo} later",
            None,
        ),
        Assumption(
            "People held back who paste the rest as new",
            share_text(behaviour.paste_probability),
            None,
        ),
        Assumption("Modified apps", share_text(behaviour.modified_clients), None),
        Assumption("How unlike people are in forwarding", _unlike(behaviour), None),
    ]


def _unlike(behaviour: Behaviour) -> str:
    if behaviour.susceptibility_shape is None:
        return "all alike"
    return f"Gamma law, shape {behaviour.susceptibility_shape:g}"


def _sourced(scenario: Scenario) -> list[Assumption]:
    behaviour, standard = scenario.behaviour, Behaviour()
    delay = _Sourced(
        "Time until a person reads",
        _law(behaviour.reading_delay),
        _law(standard.reading_delay),
        REPLIES,
    )
    ages = [
        _Sourced(
            f"Age at which readers are half as ready to forward the {content.name}",
            _half_life(content),
            _half_life(Content(content.name)),
            LIFETIME,
        )
        for content in scenario.contents
    ]
    labels = _Sourced(
        "What a label takes off the readiness to forward",
        _label_factors(behaviour),
        _label_factors(standard),
        LABEL_SURVEYS,
    )
    return [each.assumption() for each in (delay, *ages, labels)]


def _law(law: DelayLaw) -> str:
    return f"lognormal, median {duration_text(law.median_seconds)}, sigma {law.sigma:g}"


def _half_life(content: Content) -> str:
    seconds = content.half_life_seconds
    return "no such age" if seconds is None else duration_text(seconds)


def _label_factors(behaviour: Behaviour) -> str:
    forwarded = share_text(behaviour.label_factor_forwarded)
    many = share_text(behaviour.label_factor_many_times)
    return f"factor {forwarded} for forwarded, {many} for forwarded many times"


def _population(scenario: Scenario) -> list[Assumption]:
    population = scenario.population
    if isinstance(population, Stored):
        return [
            Assumption(
                "Ties in the files are the chats that people forward to", "all of them", None
            )
        ]
    if not isinstance(population, Generated):
        return [Assumption("Contacts", f"{population.contacts_per_user} random people each", None)]
    contacts = f"lognormal, mean {population.contacts_mean:g}, sigma {population.contacts_sigma:g}"
    return [
        Assumption(
            "Form of the laws of contacts and groups per person",
            "lognormal contacts, exponential groups",
            "Corten et al. 2025",
        ),
        Assumption("Contacts per person", contacts, None),
        Assumption("Groups per person", f"exponential, mean {population.groups_mean:g}", None),
        Assumption("Group sizes", "3 to 150, most under 10", None),
    ]
