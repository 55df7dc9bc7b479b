"""What a study found, as frozen values: everything that the table, the report and `summary.json` say.

Two equal commands give equal values, whatever machine load or backend: what may differ (server CPU, wall-clock
seconds) lives in `timing.json`, what names the program and its versions in `manifest.json`.

Every `Estimate` is a mean over runs with a 95 % interval; a run is the unit, so rows of one run are never resampled
apart. The interval covers chance between runs only, not the assumptions.
"""

from __future__ import annotations

from attrs import frozen

from chatsim.study.beyond import Frontier, PersistenceAnswers, Precision, Ranking
from chatsim.study.estimates import Chance, Difference, Estimate, HalfTime

__all__ = [
    "FORMAT_VERSION",
    "INTERVALS_LINE",
    "Assumption",
    "Chance",
    "ContentDescription",
    "ContentResult",
    "Difference",
    "Estimate",
    "HalfTime",
    "Labels",
    "PolicyResult",
    "Series",
    "StudyDescription",
    "Summary",
]

FORMAT_VERSION = 3
"""Of `summary.json`, `spread.parquet`, `deeds.parquet`, `manifest.json` and `timing.json` together."""
INTERVALS_LINE = "The interval covers chance between runs only, not the assumptions."


@frozen
class Labels:
    """Copies delivered per run, by the label shown above them.

    `wrong` are those whose true depth would give another label: a copy made by somebody at true depth d has truly been
    forwarded d times, and pasting and cheating make the claim lie.
    """

    none: Estimate
    forwarded: Estimate
    many_times: Estimate
    wrong: Estimate


@frozen
class Series:
    """A mean over runs over time, with its 95 % band; four columns of one length."""

    hours: tuple[float, ...]
    """Since the start of the run (midnight before the first post), rising."""
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@frozen
class ContentResult:
    """One content under one policy. Counts are means per run, from the runs with the default originators."""

    content: str
    reach: Estimate
    """People reached, originators included."""
    against_uncapped: Difference | None
    """None for the control itself, or where nobody is reached uncapped."""
    outbreaks: Chance
    """Big outbreaks among the runs with one originator."""
    half_time: HalfTime
    busiest_hour: Estimate
    """Copies delivered in the busiest hour of the run."""
    copies: Estimate
    """Copies delivered, exposures of people who already hold one included: the cascade's size."""
    forwards: Estimate
    """Chats that forwards went to."""
    held_back: Estimate
    """Chats wanted and not offered in a person's first action."""
    held_back_per_100: Estimate | None
    """Held back per 100 chats that forwards went to: 100 x mean held back / mean forwards; None without any forward."""
    denied: Estimate
    """Chats that modified clients asked for and could not have, or of refused acts that were not tried again."""
    refused: Estimate
    """Acts that the relay refused whole."""
    extra_actions: Estimate
    """Actions after a person's first: what going on costs people."""
    pasted: Estimate
    """Chats that got the content as a new original from somebody who is not its originator."""
    labels: Labels
    depth_max: Estimate
    """The longest true chain of copies."""
    depth_mean: Estimate
    """Of the people reached, originators (depth 0) included."""
    breadth_max: Estimate
    """The most people at one depth."""
    breadth: tuple[float, ...]
    """Mean people at depth 0, 1, 2...; as deep as any run went."""
    structural_virality: Estimate | None
    """Mean distance of two people in the same tree (Goel et al. 2016): a star gives 2, a chain of n (n + 1) / 3.

    None where no tree was kept.
    """
    r_by_generation: tuple[Estimate, ...]
    """Entry d: people at depth d + 1 per person at depth d, summed over the runs.

    Ends where more than half of the runs have ended.
    """
    reach_per_run: tuple[int, ...]
    """In the order of the run numbers: the dots of the report, paired between policies by position."""
    over_time: Series
    """People reached."""


@frozen
class PolicyResult:
    """What the study found under one policy."""

    name: str
    title: str
    """A name for people, "WhatsApp, April 2020"; never empty (the name where the policy has none)."""
    chats_at_a_time: str
    """The action caps in a few words: "any", "20", "5, then 1"."""
    labels: bool
    """Whether it labels any copy."""
    source: str | None
    """Where the rule comes from; None for a policy of the user's own."""
    since: str | None
    from_memory: tuple[str, ...]
    """The fields that nobody has checked against a source."""
    checked: str | None
    """The day on which somebody last looked whether the rule still holds, ISO 8601."""
    note: str
    harmless_reach_lost: Estimate | None
    """1 - reach of all harmless contents / the same uncapped, paired.

    None for the control, and where no content is harmless.
    """
    contents: tuple[ContentResult, ...]
    """In the scenario's order."""

    def content(self, name: str) -> ContentResult:
        """The result for the content of this name; KeyError if there is none."""
        for result in self.contents:
            if result.content == name:
                return result
        raise KeyError(name)


@frozen
class ContentDescription:
    """One content as the study had it."""

    name: str
    share_probability: float
    half_life_seconds: float | None
    """None: it never goes stale."""
    harmful: bool
    kind: str


@frozen
class Assumption:
    """One thing that the study takes for granted, and where it comes from."""

    name: str
    """Such as "wanted audience"."""
    value: str
    source: str | None
    """None: nobody has measured it; the report sets these apart."""
    plausible: str | None = None
    """What else it could be, "10 % to 80 %"; None where no range is known."""


@frozen
class StudyDescription:
    """What was run."""

    sentence: str
    """"A rumour that 4 readers in 10 forward, 5 originators, 2,000 people (generated), 14 days, 40 runs"."""
    headline: str
    """The content that the table and the answer speak of: the first harmful one, or the first."""
    contents: tuple[ContentDescription, ...]
    users: int
    population: str
    """In a few words: "2,000 people (generated)"."""
    population_notes: tuple[str, ...]
    """What was dropped or mended when the population was read."""
    originators: int
    """Per content, in the main runs; the outbreak runs have one."""
    runs: int
    outbreak_runs: int
    """Further runs, with one originator each."""
    duration_seconds: int
    seed: int
    enforcement: str
    e2ee: bool
    """Whether bodies were sealed between people's apps."""
    outbreak_reach: int
    """Reach from which a run is a big outbreak: 20 % of the people, and at least 100."""
    assumptions: tuple[Assumption, ...]
    not_modelled: tuple[str, ...] = ()
    """What people and platforms do and this study leaves out, one sentence each, with the direction of the bias."""


@frozen
class Summary:
    """Everything a study found, in words and numbers."""

    format_version: int
    study: StudyDescription
    policies: tuple[PolicyResult, ...]
    """In the order asked for; the first is the control, uncapped, that the others are compared with."""
    answer: tuple[str, ...]
    """Three computed sentences for the first page of the report, the first of them the finding.

    It stands alone where there is one policy.
    """
    finding: str
    """The one computed sentence below the table."""
    weakness: tuple[str, ...]
    """Why this study cannot tell policies apart, and what to try; empty where it can."""
    ranking: Ranking | None = None
    """The policies in the order of their reach, and how sure it is; None where there is one policy."""
    frontier: Frontier | None = None
    """What each policy prevents, and at which price; None where the headline does no harm or nothing is compared."""
    persistence: PersistenceAnswers | None = None
    """The answer if people who are held back tried again less or more; None in a summary of former runs alone."""
    precision: Precision | None = None
    """The rule that ended the runs; None where their number was given."""

    @property
    def control(self) -> PolicyResult:
        """The policy that the others are compared with: uncapped, the first."""
        return self.policies[0]

    def policy(self, name: str) -> PolicyResult:
        """The result under the policy of this name; KeyError if there is none."""
        for result in self.policies:
            if result.name == name:
                return result
        raise KeyError(name)

    def headline(self, policy: str) -> ContentResult:
        """The result of the headline content under the policy of this name."""
        return self.policy(policy).content(self.study.headline)
