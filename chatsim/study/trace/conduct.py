"""A trace under way: every case under every mode, on the same cascades, and the reports of keyed random holders."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from attrs import define, field

from chatsim.cascade.values import RunOutcome
from chatsim.errors import RunError
from chatsim.model import ONE_DAY, Traceability
from chatsim.provenance.describing import (
    Described,
    describe_threshold,
    describe_traceability,
)
from chatsim.provenance.modes import set_up
from chatsim.provenance.threshold_claims import THRESHOLD_CLAIMS
from chatsim.provenance.values import Finding, Names
from chatsim.randomness.philox import REPORT, draw, key_words
from chatsim.relay.settings import RelaySettings
from chatsim.study import statistics
from chatsim.study.backend import RunPlan
from chatsim.study.manifest import versions
from chatsim.study.player import Progress
from chatsim.study.populations import description_of, people_of
from chatsim.study.trace import sentences
from chatsim.study.trace.analysis import Report, answered, survivals
from chatsim.study.trace.blame import Truth, judge
from chatsim.study.trace.cases import CHEATS, FRAME, PASTE, Case, Family, cases_of, played
from chatsim.study.trace.costs import MessageCost, SealedCost, message_cost, sealed_cost
from chatsim.study.trace.request import Request
from chatsim.study.trace.tallying import ContentTally, Reported, tallied, tally
from chatsim.study.trace.threshold_sentences import threshold_answer
from chatsim.study.trace.values import (
    FORMAT_VERSION,
    Answered,
    CasePlayed,
    Claimed,
    Cost,
    Survival,
    Tallied,
    TraceFound,
)
from chatsim.study.trace.witness import Witness, WitnessesOf

NONE = Traceability.NONE
DAYS_A_YEAR = 365
KEYS = bytes(32)
"""For claims, which no key decides."""


@define(eq=False)
class Traced:
    """What a trace gives: figures, the reports behind them, and process time apart."""

    found: TraceFound
    reports: list[Report]
    cpu: dict[Traceability, MessageCost]
    sealed: tuple[SealedCost, ...]
    """By threshold."""


@define(eq=False, frozen=True)
class _Cascade:
    """A run without traceability, which the other modes' are compared with."""

    outcome: RunOutcome
    truths: tuple[Truth, ...]


@define(eq=False)
class _Played:
    """Of one mode, what came of all runs of all cases."""

    reports: dict[str, list[list[Report]]] = field(factory=dict)
    """By case, then by run."""
    tallies: dict[tuple[str, int], list[list[ContentTally]]] = field(factory=dict)
    """By case and threshold, then by run, then by content."""
    delivered: int = 0
    copies: int = 0
    stored: int = 0
    messages: int = 0
    evidence: int = 0
    """Bytes of all reports. The last five of the runs as they are."""


@define(eq=False)
class Conduct:
    """One trace under way."""

    request: Request
    witnesses: WitnessesOf
    progress: Progress
    _identical: int = 0
    _reached: dict[str, list[float]] = field(factory=dict)
    """By case, then by run: people reached, mean over contents."""

    def trace(self) -> Traced:
        """Plays everything."""
        request, scenario = self.request, self.request.scenario
        request.check()
        # Held, so that no case builds them anew.
        people = people_of(scenario.population)
        request.check_users(people.users)
        # A mode that lacks a package says so before anything is played.
        costs = {mode: message_cost(mode) for mode in self._modes}
        sealed = tuple(map(sealed_cost, request.thresholds)) if request.tallied else ()
        cases = cases_of(scenario, request.cheat_share)
        of_mode = {mode: _Played() for mode in self._modes}
        self.progress.stage("Cascades", len(cases) * len(of_mode) * scenario.runs)
        for case in cases:
            self._play(case, of_mode, people.users)
        found = self._found(cases, of_mode, costs, people.users)
        setting = sentences.setting(found, description_of(scenario.population, people), scenario)
        found = attrs.evolve(found, setting=setting)
        found = attrs.evolve(
            found,
            answer=(*sentences.answer(found), *threshold_answer(found)),
            weakness=sentences.weakness(found),
        )
        reports = [
            report
            for mode in request.modes
            for runs in of_mode[mode].reports.values()
            for run in runs
            for report in run
        ]
        return Traced(found, reports, {mode: costs[mode] for mode in request.modes}, sealed)

    @property
    def _modes(self) -> tuple[Traceability, ...]:
        """`none` first: the others' cascades are compared with its own."""
        return tuple(dict.fromkeys((NONE, *self.request.modes)))

    def _play(self, case: Case, of_mode: dict[Traceability, _Played], users: int) -> None:
        scenario = played(self.request.scenario, case)
        plans = [RunPlan(run, scenario.originators_among(users)) for run in range(scenario.runs)]
        untraced: list[_Cascade] = []
        for mode, total in of_mode.items():
            witnesses = self.witnesses(attrs.evolve(scenario, traceability=mode))
            total.reports[case.name] = []
            for plan in plans:
                witness = witnesses.play(self.request.policy, plan)
                if mode is NONE:
                    untraced.append(_Cascade(witness.outcome, witness.truths))
                    self._count(case, witness)
                else:
                    self._compare(mode, case, plan, witness, untraced[plan.run])
                self._report(mode, case, plan.run, witness, total)
                if case.family is Family.AS_IT_IS:
                    _add(total, witness)
                self.progress.finished(1)

    def _count(self, case: Case, witness: Witness) -> None:
        contents = witness.outcome.contents
        reached = sum(len(each.first_copies.user) for each in contents) / len(contents)
        self._reached.setdefault(case.name, []).append(reached)

    def _compare(
        self, mode: Traceability, case: Case, plan: RunPlan, witness: Witness, untraced: _Cascade
    ) -> None:
        """Raise RunError unless the cascade is that of mode `none`, copy for copy."""
        wrong = untraced.outcome.differences(witness.outcome)
        if not wrong and untraced.truths != witness.truths:
            wrong = ["who cheated or pasted"]
        if wrong:
            message = (
                f"the cascades of run {plan.run} ({case.name}) differ between none and {mode.value} in "
                f"{wrong[0]}, so that their reports cannot be compared; this is a fault of chatsim"
            )
            raise RunError(message)
        self._identical += sum(int(each.received.sum()) for each in witness.outcome.contents)

    def _report(
        self, mode: Traceability, case: Case, run: int, witness: Witness, total: _Played
    ) -> None:
        """All reports of a run, each examined once; and the same again, sealed, for each threshold."""
        reports: list[Report] = []
        sealed: list[list[Reported]] = []
        findings: dict[bytes, Finding | None] = {}
        for content, truth in enumerate(witness.truths):
            turns = reporters(
                self.request.scenario.seed, run, content, list(truth.parent), self.request.queries
            )
            lineages: dict[bytes, int] = {}
            told = []
            for turn, reporter in enumerate(turns):
                evidence = witness.evidence(content, reporter)
                if evidence not in findings:
                    findings[evidence] = witness.examine(evidence)
                answer = judge(truth, reporter, findings[evidence])
                lineage = None
                if mode in self.request.tallied:
                    seed = witness.seed(content, reporter)
                    lineage = lineages.setdefault(seed, len(lineages))
                    told.append(Reported(reporter, seed, evidence, answer.originator))
                reports.append(
                    Report(mode.value, case.name, run, content, reporter, turn, lineage, answer)
                )
                if case.family is Family.AS_IT_IS:
                    total.evidence += len(evidence)
            sealed.append(told)
        total.reports[case.name].append(
            sorted(reports, key=lambda each: (each.content, each.reporter))
        )
        if mode in self.request.tallied:
            for threshold in self.request.thresholds:
                runs = total.tallies.setdefault((case.name, threshold), [])
                runs.append([tally(threshold, told, findings) for told in sealed])

    def _found(
        self,
        cases: Sequence[Case],
        of_mode: dict[Traceability, _Played],
        costs: dict[Traceability, MessageCost],
        users: int,
    ) -> TraceFound:
        request = self.request
        answers: list[Answered] = []
        lasting: list[Survival] = []
        tallies: list[Tallied] = []
        for mode in request.modes:
            for case in cases:
                runs = of_mode[mode].reports[case.name]
                answers.append(answered(mode.value, case.name, runs))
                lasting += _survivals(mode, case, runs)
                if mode in request.tallied:
                    tallies += (
                        tallied(mode.value, case.name, each, of_mode[mode].tallies[case.name, each])
                        for each in request.thresholds
                    )
        days = RelaySettings().expiry_ticks / ONE_DAY
        bare = of_mode[NONE].delivered / max(1, of_mode[NONE].copies)
        return TraceFound(
            format_version=FORMAT_VERSION,
            title=sentences.TITLE,
            setting="",
            policy=request.policy.name,
            policy_title=request.policy.title or request.policy.name,
            enforcement=request.scenario.enforcement.value,
            modes=tuple(mode.value for mode in request.modes),
            users=users,
            runs=request.scenario.runs,
            queries=request.queries,
            identical=self._identical,
            messages_per_day=request.messages_per_day,
            expiry_days=days,
            cases=tuple(
                CasePlayed(
                    case.name,
                    case.family.value,
                    case.share,
                    statistics.mean(self._reached[case.name], floor=0.0),
                )
                for case in cases
            ),
            answers=tuple(answers),
            survivals=tuple(lasting),
            thresholds=request.thresholds if request.tallied else (),
            tallies=tuple(tallies),
            costs=tuple(
                self._cost(mode, of_mode[mode], costs[mode], bare, days) for mode in request.modes
            ),
            claims=tuple(map(_claimed, request.modes)),
            wrapper=_told(describe_threshold(THRESHOLD_CLAIMS)),
            answer=(),
            weakness=(),
            command=request.command,
            seed=request.scenario.seed,
            versions=versions(),
        )

    def _cost(
        self, mode: Traceability, total: _Played, cost: MessageCost, bare: float, days: float
    ) -> Cost:
        wire = total.delivered / max(1, total.copies)
        reports = sum(map(len, total.reports[Family.AS_IT_IS.value]))
        daily = self.request.messages_per_day * cost.stored_new
        return Cost(
            mode=mode.value,
            slot_bytes=cost.slot_bytes,
            wire_bytes=wire,
            wire_extra=wire - bare,
            stored_new=cost.stored_new,
            stored_forward=cost.stored_forward,
            stored_run=1_000 * total.stored / max(1, total.messages),
            stored_year=DAYS_A_YEAR * daily,
            stored_held=days * daily,
            report_bytes=total.evidence / max(1, reports),
        )


def reporters(seed: int, run: int, content: int, holders: list[int], count: int) -> list[int]:
    """Up to `count` of the holders, as their turn comes: by rising keyed words, the same whatever the mode."""
    low, high = key_words(seed)
    ranked = sorted(
        holders, key=lambda user: (*draw(low, high, user, content, REPORT, 0, run)[:2], user)
    )
    return ranked[:count]


def _add(total: _Played, witness: Witness) -> None:
    total.delivered += witness.delivered_bytes
    total.stored += witness.stored_bytes
    for content in witness.outcome.contents:
        total.copies += int(content.received.sum())
        deeds = content.deeds
        total.messages += int(deeds.forwarded_chats.sum() + deeds.original_chats.sum())


def _survivals(mode: Traceability, case: Case, runs: Sequence[Sequence[Report]]) -> list[Survival]:
    """Where the formulas are about this mode: it names an originator within the lineage; it can be lied to."""
    claims = set_up(mode, KEYS).claims
    named = claims.names in {Names.CLAIMED, Names.ORIGIN, Names.PATH, Names.TREE}
    if named and case.family is Family.PASTING and case.field == CHEATS[PASTE]:
        return survivals(mode.value, case.name, case.share, runs)
    if claims.frameable and case.family is Family.CHEAT and case.field == CHEATS[FRAME]:
        return survivals(mode.value, case.name, case.share, runs, framing=True)
    return []


def _claimed(mode: Traceability) -> Claimed:
    return _told(describe_traceability(mode, set_up(mode, KEYS).claims))


def _told(described: Described) -> Claimed:
    return Claimed(
        mode=described.mode.value,
        stored=described.stored,
        report=described.report,
        framed=described.framed,
        without_report=described.without_report,
        officers=described.officers,
        unreviewed=described.unreviewed,
    )
