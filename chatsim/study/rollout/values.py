"""What simulated A/B tests of a policy found, as frozen values."""

from __future__ import annotations

from attrs import frozen

from chatsim.study.findings import Findings
from chatsim.study.manifest import Version
from chatsim.study.summary import Chance, Estimate

JSON_FILE = "rollout.json"
PAGE_FILE = "rollout.html"
FIGURES = ("estimates",)


@frozen
class Trial:
    """One way to randomise, over all replicates, for one content and one outcome."""

    unit: str
    """What is randomised: user, community, region."""
    units: int
    """How many there are."""
    content: str
    outcome: str
    """"people reached" or "forwards sent", per person."""
    estimate: Estimate
    """What the test says: treated against untreated people of the same run, relative; -0.1 is 10 % fewer."""
    truth: Estimate
    """Everybody treated against nobody, on the same seeds, relative."""
    bias: Estimate
    """Estimate less truth; a positive one of a policy that holds back says that the test sees less than there is."""
    power: Chance | None
    """In how many replicates one test finds the difference at 5 %; None with fewer than four units an arm."""
    false_alarms: Chance | None
    """In how many it would, were the policy the control itself."""

    @property
    def seen(self) -> float | None:
        """The share of the true effect that the test sees; None where there is no effect to see."""
        if not self.truth.excludes_zero:
            return None
        return self.estimate.value / self.truth.value


@frozen
class RolloutFound:
    """Everything that the page and the table say."""

    format_version: int
    title: str
    setting: str
    """What was run, in one line."""
    policy: str
    policy_title: str
    control_title: str
    headline: str
    share: float
    """Of the units, treated."""
    users: int
    replicates: int
    tests: tuple[Trial, ...]
    answer: tuple[str, ...]
    """The finding, and what to do about it."""
    weakness: tuple[str, ...]
    """Why the study says little, where it does."""
    command: str
    seed: int
    backend: str
    versions: tuple[Version, ...]

    def of(self, outcome: str, content: str) -> tuple[Trial, ...]:
        """The tests of one outcome and content, one for each way to randomise."""
        return tuple(
            each for each in self.tests if (each.outcome, each.content) == (outcome, content)
        )


FOLDER = Findings(
    command="chatsim rollout",
    kind=RolloutFound,
    json_file=JSON_FILE,
    more_files=frozenset(
        [PAGE_FILE, *(f"{name}.{form}" for name in FIGURES for form in ("svg", "png"))]
    ),
)
