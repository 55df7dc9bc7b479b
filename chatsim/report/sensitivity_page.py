"""The page of a sensitivity analysis: one self-contained file, without scripts and without a request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from chatsim.report.drawing import Figure, figure_files
from chatsim.report.html import PageTable, TableCell, environment, listed_versions, pictures
from chatsim.report.sensitivity_figures import sensitivity_figures
from chatsim.report.words import capital, decimals
from chatsim.study.assumptions import NOT_MODELLED
from chatsim.study.sensitivity.files import PAGE_FILE, Results
from chatsim.study.sensitivity.sentences import important, in_favour, points, title_of
from chatsim.study.sensitivity.values import (
    Method,
    MorrisIndex,
    Sensitivity,
    SobolIndex,
    Stricter,
    Swing,
)
from chatsim.study.sentences import counted, percent

ONE_WAY = 0.8
"""Share of the mean size of an effect that its mean must have to be called one way."""
FLIP_COLUMNS = 5
TORNADO = (
    "Every pair of bars is one assumption, moved alone to the low and to the high end of what is plausible; all others "
    "stay as the scenario has them. Long bars are assumptions that decide how much stricter {best} is; bars that "
    "cross zero are assumptions that turn the ranking. {chance}"
)


def sensitivity_files(results: Results) -> Mapping[str, bytes]:
    """The page and its figures by name, for `chatsim.study.sensitivity.files.write_results`."""
    drawn = sensitivity_figures(results)
    return {PAGE_FILE: page(results, drawn).encode(), **figure_files(drawn)}


def page(results: Results, drawn: Mapping[str, Figure] | None = None) -> str:
    """The page as the text of an HTML file. Equal results give equal text."""
    found = results.found
    drawn = sensitivity_figures(results) if drawn is None else drawn
    usually = Stricter.FIRST if found.flips.usually is Stricter.FIRST else Stricter.SECOND
    best = title_of(found, usually)
    matters, text, under = _matters(found)
    return (
        environment()
        .get_template("sensitivity.html.j2")
        .render(
            found=found,
            best=best,
            other=title_of(found, usually.other),
            figures=pictures(drawn),
            tornado_caption=TORNADO.format(best=best, chance=_chance(found)),
            flips=_flips(found) if found.flips.strongest else None,
            matters=matters,
            matters_text=text,
            matters_under=under,
            ranges=_ranges(found),
            definitions=_definitions(found),
            not_modelled=NOT_MODELLED,
            method_text=_method(found),
            versions=listed_versions(found.versions),
        )
    )


def _chance(found: Sensitivity) -> str:
    quiet = [each.title for each in found.swings if not each.seen]
    if not quiet:
        return "Every change shown is more than chance between runs."
    return "'Within chance' means that luck between runs may explain the change from one end to the other."


def _table(name: str, caption: str, headings: tuple[str, ...], rows: list[list[str]]) -> PageTable:
    return PageTable(
        f"table-{name}",
        caption,
        tuple(TableCell(each, numeric=i > 0) for i, each in enumerate(headings)),
        tuple(tuple(TableCell(cell, numeric=i > 0) for i, cell in enumerate(row)) for row in rows),
    )


def _flips(found: Sensitivity) -> PageTable:
    wanted = {condition.factor for condition in found.flips.conditions}
    titles = important(found)
    ranked = [each.factor for each in found.morris] or [each.factor for each in found.sobol]
    order = sorted(
        range(len(found.factors)),
        key=lambda i: (
            found.factors[i].name not in wanted,
            found.factors[i].title not in titles,
            ranked.index(found.factors[i].name),
        ),
    )[:FLIP_COLUMNS]
    rows = [
        [
            f"Combination {each.number:,}",
            points(in_favour(each.gap.value, found)),
            *(each.values[i] for i in order),
        ]
        for each in found.flips.strongest
    ]
    headings = ("Combination", "Gap", *(capital(found.factors[i].title) for i in order))
    shown = len(rows)
    which = (
        "The combinations that flip"
        if shown == found.flips.count
        else f"The {shown} clearest of {found.flips.count:,} combinations that flip"
    )
    return _table("flips", which, headings, rows)


def _matters(found: Sensitivity) -> tuple[PageTable, str, str]:
    swings = {each.factor: each for each in found.swings}
    headings: tuple[str, ...]
    match found.method:
        case Method.MORRIS:
            rows = [_morris_row(each, swings[each.factor], found) for each in found.morris]
            headings = (
                "Assumption",
                "Moves the gap by (points)",
                "A higher value",
                "Spread (points)",
                "Alone (points)",
            )
            text = (
                "Each assumption was moved across its range from many starting points, with the others anywhere in "
                "theirs. The first column of figures is by how much the gap between the two policies then changes."
            )
            under = (
                "Mean size of the change with half the width of its 95 % interval (Morris' mu*), its standard deviation (sigma): a large spread means that the effect depends on the other assumptions, or on chance. "
                f"Chance between runs moves a single gap by about {points(found.chance)}, so that changes of that size are small."
            )
        case Method.SOBOL:
            rows = [_sobol_row(each, swings[each.factor]) for each in found.sobol]
            headings = (
                "Assumption",
                "Explains alone",
                "Explains with others",
                "Alone (points)",
            )
            text = (
                "If all assumptions were drawn at random from their ranges, the gap between the two policies would vary. "
                "This is the share of that variance that each explains."
            )
            under = (
                "First-order and total indices of Sobol with half the widths of their 95 % intervals. Chance between "
                "runs is part of the variance, so that shares need not add up to 100 %."
            )
    caption = f"What moves the gap between {found.first.title} and {found.second.title}"
    return _table("matters", caption, headings, rows), text, under


def _morris_row(index: MorrisIndex, swing: Swing, found: Sensitivity) -> list[str]:
    sign = -1.0 if found.flips.usually is Stricter.FIRST else 1.0
    if not index.mu_star or abs(index.mu) < ONE_WAY * index.mu_star:
        way = "either way" if index.mu_star else "nothing"
    else:
        way = "widens it" if sign * index.mu > 0 else "narrows it"
    return [
        capital(index.title),
        f"{decimals(index.mu_star, 1)} ± {decimals(index.mu_star_confidence, 1)}",
        way,
        decimals(index.sigma, 1),
        _alone(swing),
    ]


def _sobol_row(index: SobolIndex, swing: Swing) -> list[str]:
    return [
        capital(index.title),
        f"{percent(index.first_order)} ± {percent(index.first_order_confidence)} %",
        f"{percent(index.total)} ± {percent(index.total_confidence)} %",
        _alone(swing),
    ]


def _alone(swing: Swing) -> str:
    return percent(swing.width) if swing.seen else f"{percent(swing.width)} (within chance)"


def _ranges(found: Sensitivity) -> PageTable:
    headings = ("Assumption", "What it is", "Scenario", "Low", "High", "Source of the range")
    rows = tuple(
        (
            TableCell(capital(each.title), numeric=False),
            TableCell(each.meaning, f"in files: {each.name}", numeric=False),
            TableCell(each.base_text, numeric=False),
            TableCell(each.low_text, numeric=False),
            TableCell(each.high_text, f"{each.scale.value} scale", numeric=False),
            TableCell(each.source, numeric=False),
        )
        for each in found.factors
    )
    return PageTable(
        "table-ranges",
        "The assumptions and their plausible ranges",
        tuple(TableCell(each, numeric=False) for each in headings),
        rows,
    )


def _definitions(found: Sensitivity) -> list[tuple[str, str]]:
    return [
        (
            "Combination",
            (
                "One set of values for all assumptions. It is played under both policies and uncapped with the same "
                "originators and the same coins, so that combinations differ by their assumptions."
            ),
        ),
        (
            "Gap",
            (
                f"How many more people are reached under one policy than under the other, as a share of those whom the "
                f"{found.headline} reaches uncapped: 20 % fewer against 17 % fewer are 3 points."
            ),
        ),
        (
            "No difference seen",
            "The 95 % interval of the gap, paired run by run, holds zero: more runs might decide.",
        ),
        (
            "Flip",
            (
                "The policy that is usually the laxer one reaches fewer people, beyond chance, and once more in as many "
                "new runs."
            ),
        ),
        (
            "Nothing to compare",
            (
                f"Uncapped, fewer than 3 of 10 runs reach {found.outbreak_reach:,} people. Such combinations are left out "
                "of the ranking; for the effect of each assumption they count as they are."
            ),
        ),
        (
            "Other people",
            (
                "Where contacts or groups per user change, so does who knows whom. Part of what these two assumptions do is "
                "that other people meet; an interval covers runs among the same people only."
            ),
        ),
    ]


def _method(found: Sensitivity) -> str:
    factors = counted(len(found.factors), "assumption")
    match found.method:
        case Method.MORRIS:
            return (
                f"Morris, {found.size:,} trajectories over {factors} on four levels (SALib), "
                "and each assumption alone at both ends"
            )
        case Method.SOBOL:
            return (
                f"Sobol, {found.size:,} samples over {factors} (SALib, Saltelli's plan), "
                "and each assumption alone at both ends"
            )
