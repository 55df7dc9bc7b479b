"""Summaries and studies for the report's tests: a small real one, and ones that are hard to show."""

from __future__ import annotations

from attrs import evolve

from chatsim.study.backend import Carried
from chatsim.study.manifest import PolicyTiming, Timing
from chatsim.study.results_files import Study
from chatsim.study.summary import FORMAT_VERSION, Chance, HalfTime, PolicyResult, Summary
from chatsim.study.tables import Names, PlayedRun, spread_table
from tests.cascades import outcome_of
from tests.studies import cascade, small_study, small_summary

HOSTILE = '<script>alert("1")</script>\x1b[31m&amp; \'"'


def with_policies(summary: Summary, titles: list[str]) -> Summary:
    """The summary with as many capped policies, each with the results of the first one."""
    capped = summary.policies[1]
    names = [f"policy-{i}" for i in range(len(titles))]
    tradeoff, step = summary.frontier.tradeoffs[0], summary.ranking.steps[0]
    steps = tuple(evolve(step, nearer=name) for name in names)
    return evolve(
        summary,
        policies=(
            summary.control,
            *(
                evolve(capped, name=name, title=title)
                for name, title in zip(names, titles, strict=True)
            ),
        ),
        frontier=evolve(
            summary.frontier, tradeoffs=tuple(evolve(tradeoff, policy=name) for name in names)
        ),
        ranking=evolve(summary.ranking, policies=("uncapped", *names), steps=steps),
    )


def six_policies():
    """As many policies as the default study has, with names as long."""
    names = ["July 2018", "January 2019", "April 2020", "November 2022"]
    return with_policies(small_summary(), ["Labels only", *(f"WhatsApp, {name}" for name in names)])


def never_half_as_far():
    """A study in which no run under the cap gets half as far."""
    summary = small_summary()
    never = HalfTime(None, Chance(0, 31, 0.0, 0.11), left_out=9)
    capped: PolicyResult = summary.policies[1]
    contents = tuple(evolve(each, half_time=never) for each in capped.contents)
    return evolve(summary, policies=(summary.control, evolve(capped, contents=contents)))


def spread_of(summary: Summary, people: int = 120):
    """Trees of every run: under the control so many people, under each other policy half as many."""
    policies = tuple(policy.name for policy in summary.policies)
    columns = Names(policies, tuple(content.name for content in summary.study.contents))
    played = [
        PlayedRun.of(run, name, outcome_of(cascade(run, people // (1 + (name != "uncapped")))))
        for run in range(summary.study.runs)
        for name in policies
    ]
    return spread_table(played, columns)


def study_of(summary: Summary, *, tcp: bool = False) -> Study:
    """A study with this summary, as `memory` or `tcp` would leave it."""
    carried = Carried(
        copies=2_000, cpu_seconds=0.06, bytes_in=10, bytes_out=3_000_000, mailbox_peak=7
    )
    timing = Timing(
        format_version=FORMAT_VERSION,
        seconds=1.5,
        workers=2,
        threads=1,
        resumed_runs=0,
        policies=tuple(
            PolicyTiming(each.name, 1.5, carried if tcp else None) for each in summary.policies
        ),
    )
    study = small_study()
    backend = "tcp" if tcp else "memory"
    manifest = evolve(study.manifest, backend=backend)
    spread = spread_of(summary)
    return evolve(study, summary=summary, timing=timing, manifest=manifest, spread=spread)
