"""What a trace found, as frozen values."""

from __future__ import annotations

from attrs import frozen

from chatsim.study.estimates import Estimate
from chatsim.study.findings import Findings
from chatsim.study.manifest import Version
from chatsim.study.trace.cases import Family

FORMAT_VERSION = 1
"""Of trace.json."""
JSON_FILE = "trace.json"
QUERIES_FILE = "queries.parquet"
CPU_FILE = "cpu.json"
PAGE_FILE = "trace.html"
FIGURES = ("blamed", "pasting", "threshold", "exposed", "stored")


@frozen
class Blamed:
    """How often reports blame somebody of this kind."""

    who: str
    """As `chatsim.study.trace.blame.Who`."""
    share: Estimate
    """Of all reports."""


@frozen
class Answered:
    """What reports bring to light under one mode in one case, over all runs."""

    mode: str
    case: str
    reports: int
    precision: Estimate | None
    """Share of answers that blame the true originator; None where nobody is ever blamed."""
    blamed: tuple[Blamed, ...]
    distance: Estimate | None
    """Mean steps of the true chain from whoever is blamed to the true originator, where they are in it."""
    outside: Estimate | None
    """Share of answers that blame somebody outside the true chain."""
    named: Estimate
    """Distinct people blamed for one content in one run."""
    originators: Estimate
    """Distinct true originators behind the same reports."""
    exposed: Estimate
    """People whom an answer identifies, mean per report."""
    exposed_max: int
    path_exact: Estimate | None
    """Share of the paths given that are the true chain; None where none is given."""
    path_wrong: Estimate | None
    """Share of the paths given that are not even its beginning."""

    def share(self, who: str) -> Estimate:
        """How often somebody of this kind is blamed, of all reports."""
        return next(each.share for each in self.blamed if each.who == who)


@frozen
class Survival:
    """Reports of copies that came over so many people's forwards, against the formula."""

    mode: str
    case: str
    forwards: int
    """Between the true originator's post and the reported copy."""
    reports: int
    predicted: float
    measured: Estimate


@frozen
class Tallied:
    """What becomes of the same reports where nothing opens before so many people have reported one lineage."""

    mode: str
    case: str
    threshold: int
    """1: each report opens by itself."""
    opened: Estimate
    """Share of reports that are ever opened."""
    answered: Estimate
    """Share of contents of which an opened report names anybody."""
    needed: Estimate | None
    """Reports of a content until it does, mean over those contents; None where there are none."""
    lineages: Estimate
    """Lineages among the reports of one content."""
    named: Estimate
    """Distinct people blamed for one content."""
    right: Estimate
    """Distinct true originators among them, blamed by a report of what they began."""
    shown: Estimate
    """Distinct people whom the answers about one content identify."""


@frozen
class Cost:
    """What a mode takes; the same in every run."""

    mode: str
    slot_bytes: int
    """Added to a message by this mode: within the payload, in its header and by the relay."""
    wire_bytes: float
    """Of a delivered copy in the runs as they are, head and body."""
    wire_extra: float
    """The same, less what it is without traceability."""
    stored_new: float
    """Bytes that the relay keeps of a message with a text of its own."""
    stored_forward: float
    """Bytes that it keeps of a forward."""
    stored_run: float
    """Bytes kept of 1,000 messages of the runs as they are."""
    stored_year: float
    """Bytes written in a year at the stated volume, every message with a text of its own."""
    stored_held: float
    """Bytes of those held at any time."""
    report_bytes: float
    """What a reporter hands over, the text included, mean over the runs as they are."""


@frozen
class Claimed:
    """What a mode itself says, in plain sentences (`chatsim.provenance.describing`)."""

    mode: str
    stored: str
    report: str
    framed: str
    without_report: str
    officers: str
    unreviewed: bool


@frozen
class CasePlayed:
    """One way in which people behaved."""

    name: str
    family: str
    share: float
    """Of people; of no meaning in the case as it is."""
    reached: Estimate
    """People reached, mean over runs and contents."""


@frozen
class TraceFound:
    """Everything that the page and the table say, but for CPU time."""

    format_version: int
    title: str
    setting: str
    policy: str
    policy_title: str
    enforcement: str
    modes: tuple[str, ...]
    users: int
    runs: int
    queries: int
    """Reports of each content in each run."""
    identical: int
    """Copies delivered that were compared with the cascade without traceability, all of them identical."""
    messages_per_day: float
    expiry_days: float
    cases: tuple[CasePlayed, ...]
    answers: tuple[Answered, ...]
    survivals: tuple[Survival, ...]
    thresholds: tuple[int, ...]
    """Rising, from 1 on; empty where none was asked for, or no mode of these takes one."""
    tallies: tuple[Tallied, ...]
    costs: tuple[Cost, ...]
    claims: tuple[Claimed, ...]
    wrapper: Claimed
    """What the threshold says of itself."""
    answer: tuple[str, ...]
    weakness: tuple[str, ...]
    command: str
    seed: int
    versions: tuple[Version, ...]

    def of(self, mode: str, case: str) -> Answered:
        """What reports bring to light under this mode in this case."""
        return next(each for each in self.answers if (each.mode, each.case) == (mode, case))

    def tally(self, mode: str, case: str, threshold: int) -> Tallied:
        """What becomes of the reports under this mode in this case, with this threshold."""
        wanted = (mode, case, threshold)
        return next(
            each for each in self.tallies if (each.mode, each.case, each.threshold) == wanted
        )

    @property
    def tallied_modes(self) -> tuple[str, ...]:
        """The modes that a threshold was put around."""
        have = {each.mode for each in self.tallies}
        return tuple(mode for mode in self.modes if mode in have)

    def cost(self, mode: str) -> Cost:
        """What this mode takes."""
        return next(each for each in self.costs if each.mode == mode)

    def claim(self, mode: str) -> Claimed:
        """What this mode says of itself."""
        return next(each for each in self.claims if each.mode == mode)

    def cases_of(self, family: Family) -> tuple[CasePlayed, ...]:
        """The cases that were played for one reason."""
        return tuple(each for each in self.cases if each.family == family.value)


@frozen
class Cpu:
    """Process time for one message, in microseconds; measured, and different on every machine."""

    mode: str
    client_us: float
    """To write it and to check it on arrival."""
    relay_us: float
    """To admit it."""


@frozen
class SealedCpu:
    """What a threshold adds to a report; time measured."""

    threshold: int
    added_bytes: int
    app_us: float
    """To make it."""
    platform_us: float
    """To take it: mean over a lineage's first `threshold` reports, the opening of all of them included."""


@frozen
class CpuFound:
    """What was measured, and on what."""

    format_version: int
    machine: str
    messages: int
    cpu: tuple[Cpu, ...]
    sealed: tuple[SealedCpu, ...]
    """By threshold."""


FOLDER = Findings(
    command="chatsim trace",
    kind=TraceFound,
    json_file=JSON_FILE,
    more_files=frozenset(
        [
            QUERIES_FILE,
            CPU_FILE,
            PAGE_FILE,
            *(f"{name}.{form}" for name in FIGURES for form in ("svg", "png")),
        ]
    ),
    format_version=FORMAT_VERSION,
)
