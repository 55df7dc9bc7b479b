"""What tells people apart in a scenario file: regions, cohorts, and whom the policies reach.

[[regions]]
name = "India"
share = "20 %"
utc_offset = "+05:30"
[[cohorts]]
name = "early adopters"
share = "5 %"
[rollout]
unit = "community"       # or user, region
share = "50 %"           # or regions = ["India"], cohorts = ["early adopters"]
"""

from __future__ import annotations

from chatsim.population.parts import Cohort, Partition, Region, Rollout, Unit
from chatsim.tomlfile import Table, read_text, read_texts, toml_line, word_of
from chatsim.units import offset_text, read_count, read_offset, read_share, share_text


def regions_of(top: Table) -> tuple[Region, ...]:
    """The regions that a scenario names."""
    return tuple(
        table.build(
            Region,
            name=table.require("name", read_text),
            share=table.require("share", read_share),
            utc_offset_seconds=table.take("utc_offset", read_offset, 0),
        )
        for table in top.tables("regions")
    )


def cohorts_of(top: Table) -> tuple[Cohort, ...]:
    """The cohorts that a scenario names."""
    return tuple(
        table.build(
            Cohort,
            name=table.require("name", read_text),
            share=table.require("share", read_share),
        )
        for table in top.tables("cohorts")
    )


def rollout_of(top: Table) -> Rollout | None:
    """Whom the policies reach, where a scenario says so."""
    table = top.table("rollout")
    if table is None:
        return None
    default = Rollout()
    return table.build(
        Rollout,
        unit=table.take("unit", word_of(Unit), default.unit),
        share=table.take("share", read_share, default.share),
        seed=table.take("seed", read_count, default.seed),
        regions=table.take("regions", read_texts, default.regions),
        cohorts=table.take("cohorts", read_texts, default.cohorts),
    )


def partition_lines(partition: Partition) -> list[str]:
    """The same as TOML."""
    lines = []
    for region in partition.regions:
        lines += ["", "[[regions]]", toml_line("name", region.name)]
        lines += [toml_line("share", share_text(region.share))]
        lines += [toml_line("utc_offset", offset_text(region.utc_offset_seconds))]
    for cohort in partition.cohorts:
        lines += ["", "[[cohorts]]", toml_line("name", cohort.name)]
        lines += [toml_line("share", share_text(cohort.share))]
    rollout = partition.rollout
    if rollout is not None:
        lines += ["", "[rollout]", toml_line("unit", rollout.unit.value)]
        lines += [toml_line("share", share_text(rollout.share)), toml_line("seed", rollout.seed)]
        lines += [toml_line("regions", rollout.regions), toml_line("cohorts", rollout.cohorts)]
    return lines
