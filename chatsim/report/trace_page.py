"""The page of a trace: one self-contained file for lawyers and engineers, without scripts or requests to anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from chatsim.report.drawing import Figure, figure_files
from chatsim.report.html import (
    PageTable,
    environment,
    listed_versions,
    named_table,
    pictures,
)
from chatsim.report.trace_figures import trace_figures
from chatsim.report.trace_thresholds import (
    cost_table,
    mode_tables,
    opened_table,
    pasting_tables,
)
from chatsim.study.assumptions import NOT_MODELLED
from chatsim.study.sentences import percent
from chatsim.study.summary import INTERVALS_LINE
from chatsim.study.trace.blame import Who
from chatsim.study.trace.cases import Family
from chatsim.study.trace.files import Results
from chatsim.study.trace.sentences import (
    AS_IT_IS,
    CHEATS,
    byte_text,
    marked,
    name,
    number_text,
    share_text,
    wrongly,
)
from chatsim.study.trace.values import PAGE_FILE, CasePlayed, CpuFound, TraceFound

QUESTIONS = (
    "Whom a report blames and how many people it shows, as people behave here. Framed: blamed without ever having sent "
    "it, under the worst of the cheats of section 4."
)
DEFINITIONS = (
    (
        "Report",
        "Somebody hands over the copy they hold, with all that came with it, to an examiner who has the relay's keys and all it keeps, and under an escrow that key too.",
    ),
    (
        "True originator",
        "Who first posted the content on the chain of copies that led to the reporter, over every paste. Only a simulator knows.",
    ),
    (
        "Blamed",
        "Whom the examiner's answer names as the one who began it. Right: the true originator.",
    ),
    (
        "Steps off",
        "Copies from whoever is blamed to the true originator, along the true chain; 0 is right.",
    ),
    (
        "Shown",
        "Everybody whom the answer identifies: whoever is blamed, and a whole path where the mode gives one.",
    ),
    (
        "Lineage",
        "A text and all forwards of it; whoever pastes it starts another.",
    ),
    ("Never sent it", "Somebody who is blamed, and sent the content to nobody: framed."),
    (
        "A year",
        "What the relay would write at the stated volume of messages, every one with a text of its own; it forgets each entry when it expires.",
    ),
    (
        "Held",
        "What of that is there on any day when somebody comes with an order.",
    ),
)
LIMITS = (
    "Equality of the cascades shows that the programs agree; whether people behave so is calibration's business.",
    "A report is genuine here: reporters hand over what they got. Where nothing vouches for a name, a reporter could forge that too.",
    "Behind a threshold people report in a random order, which is the same under every mode; nobody reports with a second account.",
    "Keys are held by whoever should hold them; theft of keys and of phones is not played.",
    "No construction here has been reviewed for use. Those marked are our own: simulation only, unreviewed; not for products.",
)


def trace_files(results: Results) -> Mapping[str, bytes]:
    """The page and its figures by name, for `chatsim.study.trace.files.write_results`."""
    drawn = trace_figures(results.found)
    return {
        PAGE_FILE: page(results.found, results.cpu, drawn).encode(),
        **figure_files(drawn),
    }


def page(found: TraceFound, cpu: CpuFound, drawn: Mapping[str, Figure]) -> str:
    """The page as the text of an HTML file. Equal findings give equal text."""
    return (
        environment()
        .get_template("trace.html.j2")
        .render(
            found=found,
            figures=pictures(drawn),
            questions=_questions(found),
            claims=_claims(found),
            blamed=_blamed(found),
            cheats=_cases(found, Family.CHEAT),
            sweep=_cases(found, Family.PASTING),
            paths=_paths(found),
            broken=_broken(found),
            cheating=tuple(CHEATS.items()),
            survivals=_survivals(found),
            costs=_costs(found),
            cpu=_cpu(cpu),
            thresholds=_thresholds(found),
            sealed=cost_table(cpu),
            volume=f"{found.messages_per_day:,.0f}",
            expiry=f"{found.expiry_days:g}",
            unreviewed=[name(each.mode) for each in found.claims if each.unreviewed],
            definitions=DEFINITIONS,
            limits=LIMITS,
            not_modelled=NOT_MODELLED,
            intervals=INTERVALS_LINE,
            versions=listed_versions(found.versions),
        )
    )


def _questions(found: TraceFound) -> PageTable:
    rows = []
    for mode in found.modes:
        each, cost = found.of(mode, AS_IT_IS), found.cost(mode)
        rows.append(
            (
                marked(found.claim(mode)),
                share_text(each.precision),
                share_text(wrongly(each)),
                share_text(each.share(Who.NOBODY)),
                _worst(found, mode),
                f"{each.exposed.value:.1f} (at most {each.exposed_max:,})",
                byte_text(cost.stored_held),
            )
        )
    headings = (
        "Mode", "Blames the right person", "Blames somebody else", "No answer", "Framed, at worst", "People shown",
        "Records held on any day",
    )  # fmt: skip
    return named_table("table-questions", QUESTIONS, headings, rows)


def _worst(found: TraceFound, mode: str) -> str:
    """The greatest share of reports that blame somebody who never sent it."""
    cases = [AS_IT_IS, *(case.name for case in found.cases_of(Family.CHEAT))]
    shares = [found.of(mode, case).share(Who.BYSTANDER) for case in cases]
    return share_text(max(shares, key=lambda each: each.value))


def _claims(found: TraceFound) -> PageTable:
    headings = (
        "Mode",
        "What a report names",
        "Who can be framed",
        "What is kept",
        "What leaks without a report",
    )
    rows = [
        (marked(each), each.report, each.framed, each.stored, each.without_report)
        for each in found.claims
    ]
    return named_table(
        "table-claims", "What each mode promises, and what it admits", headings, rows, texts=True
    )


def _blamed(found: TraceFound) -> PageTable:
    # Nobody misses a column of noughts.
    kinds = [
        who
        for who in Who
        if any(found.of(mode, AS_IT_IS).share(who).value > 0 for mode in found.modes)
    ]
    rows = [
        (
            name(mode),
            *(share_text(found.of(mode, AS_IT_IS).share(who)) for who in kinds),
            number_text(found.of(mode, AS_IT_IS).distance),
            number_text(found.of(mode, AS_IT_IS).named),
        )
        for mode in found.modes
    ]
    headings = (
        "Mode",
        *(who.value.capitalize() for who in kinds),
        "Steps off",
        "People blamed for one content",
    )
    return named_table(
        "table-blamed",
        "Whom reports blame, as people behave here, in shares of all reports",
        headings,
        rows,
    )


def _cases(found: TraceFound, family: Family) -> list[PageTable]:
    """Two tables: how often answers are right by case, and how often they blame somebody who never sent it."""
    cases = found.cases_of(family)
    headings = ("Mode", *map(_case_name, cases))
    right = [
        (name(mode), *(share_text(found.of(mode, case.name).precision) for case in cases))
        for mode in found.modes
    ]
    tables = [
        named_table(
            f"table-{family.value}-right",
            "Answers that blame the true originator",
            headings,
            right,
        )
    ]
    if family is Family.CHEAT:
        framed = [
            (
                name(mode),
                *(share_text(found.of(mode, case.name).share(Who.BYSTANDER)) for case in cases),
            )
            for mode in found.modes
        ]
        tables.append(
            named_table(
                "table-cheat-framed",
                "Reports that blame somebody who never sent it",
                headings,
                framed,
            )
        )
        silent = [
            (
                name(mode),
                *(share_text(found.of(mode, case.name).share(Who.NOBODY)) for case in cases),
            )
            for mode in found.modes
        ]
        tables.append(
            named_table("table-cheat-silent", "Reports without an answer", headings, silent)
        )
    return tables


def _case_name(case: CasePlayed) -> str:
    if case.family == Family.CHEAT:
        return f"{case.name.removesuffix(' alone').capitalize()}, {percent(case.share)} %"
    return case.name.capitalize()


def _paths(found: TraceFound) -> PageTable | None:
    """How often a path is whole; how often it is not even a beginning, below."""
    cases = [case for case in found.cases if case.family != Family.PASTING]
    rows = []
    for mode in found.modes:
        answers = [found.of(mode, case.name) for case in cases]
        if any(each.path_exact is not None for each in answers):
            rows.append((name(mode), *(share_text(each.path_exact) for each in answers)))
    if not rows:
        return None
    headings = ("Mode", *map(_case_name, cases))
    caption = "Paths that are the whole true chain, as people behave here and with each cheat alone"
    return named_table("table-paths", caption, headings, rows)


def _broken(found: TraceFound) -> str:
    """What is wrong with the paths that are not whole."""
    wrong = [each.path_wrong.value for each in found.answers if each.path_wrong is not None]
    if max(wrong, default=0.0) == 0.0:
        return "No path has anybody who is not in the true chain: one that is not whole breaks off at whoever pasted or cut."
    return f"Up to {percent(max(wrong))} % of the paths of a case are not even the beginning of the true chain."


def _survivals(found: TraceFound) -> PageTable | None:
    # Most modes say the same; where nobody pastes, there is nothing to foretell.
    agreeing: dict[tuple[str, ...], int] = {}
    for each in found.survivals:
        if each.predicted < 1.0 or each.measured.value < 1.0:
            row = (
                each.case,
                f"{each.forwards}",
                f"{each.reports:,}",
                f"{percent(each.predicted)} %",
                share_text(each.measured),
            )
            agreeing[row] = agreeing.get(row, 0) + 1
    rows = [(*row, f"{modes}") for row, modes in agreeing.items()]
    if not rows:
        return None
    headings = ("Case", "Forwards", "Reports", "Formula", "Measured", "Modes that agree")
    return named_table(
        "table-survivals", "By forwards between the post and the reported copy", headings, rows
    )


def _thresholds(found: TraceFound) -> list[PageTable]:
    """What opens and what pasting does to it, for everybody; then mode by mode."""
    if not found.tallies:
        return []
    return [opened_table(found), *pasting_tables(found), *mode_tables(found)]


def _costs(found: TraceFound) -> PageTable:
    rows = [
        (
            name(each.mode),
            f"{each.slot_bytes:,}",
            f"{each.wire_extra:+.0f}" if each.wire_extra else "0",
            f"{each.stored_new:.0f}",
            f"{each.stored_forward:.0f}",
            byte_text(each.stored_run),
            byte_text(each.stored_year),
            byte_text(each.stored_held),
            f"{each.report_bytes:.0f}",
        )
        for each in found.costs
    ]
    headings = (
        "Mode", "Slots, bytes", "Wire, bytes per copy", "Kept of a new text, bytes", "Kept of a forward, bytes",
        "Kept of 1,000 messages here", "Written in a year", "Held at any time", "A report, bytes",
    )  # fmt: skip
    return named_table("table-costs", "What a mode takes", headings, rows)


def _cpu(cpu: CpuFound) -> PageTable:
    rows = [(name(each.mode), f"{each.client_us:.1f}", f"{each.relay_us:.1f}") for each in cpu.cpu]
    headings = ("Mode", "Apps, us per message", "Relay, us per message")
    caption = (
        f"Process time of traceability alone, mean of {cpu.messages:,} messages, on {cpu.machine}"
    )
    return named_table("table-cpu", caption, headings, rows)
