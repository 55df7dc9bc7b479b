"""The page of a calibration: self-contained, without scripts and without a request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatsim.report.calibration_figures import calibration_figures
from chatsim.report.calibration_table import span, verdict
from chatsim.report.drawing import figure_files
from chatsim.report.html import PageTable, TableCell, environment, listed_versions, pictures
from chatsim.study.calibration.results import Fit, TargetResult
from chatsim.study.calibration.saving import PAGE_FILE, CalibrationManifest
from chatsim.study.calibration.sentences import figure, in_words, listed, value_text
from chatsim.study.calibration.values import Use

WIDE = 6.0
"""Times the tolerance: an interval as wide as that may hold what was said by luck."""
RATIOS = "; a ratio of 0.30 between two policies is 70 % fewer"


def calibration_files(fit: Fit, manifest: CalibrationManifest) -> Mapping[str, bytes]:
    """The page and its figures among a calibration's files."""
    drawn = calibration_figures(fit)
    return {PAGE_FILE: page(fit, manifest).encode(), **figure_files(drawn)}


def page(fit: Fit, manifest: CalibrationManifest) -> str:
    """The page as the text of an HTML file. Equal calibrations give equal text."""
    asked = [each for each in fit.targets if each.use is Use.PREDICT]
    template = environment().get_template("calibration.html.j2")
    return template.render(
        fit=fit,
        manifest=manifest,
        title=title(fit),
        figures=pictures(calibration_figures(fit)),
        fitted=_card(
            fit, Use.FIT, "fitted", f"What was fitted, and what further runs say of it{RATIOS}"
        ),
        card=_card(fit, Use.PREDICT, "card", f"Targets that no vector was chosen by{RATIOS}"),
        ranges=_ranges(fit),
        notes=[each for each in asked if each.note],
        together=_together(fit),
        missed=[each for each in asked if not each.met and each.median is not None],
        versions=listed_versions(manifest.versions),
    )


def title(fit: Fit) -> str:
    """The finding in a few words."""
    if not fit.vectors:
        return "The targets are out of reach"
    asked = [each for each in fit.targets if each.use is Use.PREDICT and each.median is not None]
    if not asked:
        return "The parameters that fit"
    first = asked[0]
    if first.median is None:
        return fit.title
    word = "holds" if first.met else "misses"
    predicted, said = in_words(first, first.median), in_words(first, first.said)
    return f"The prediction {word}: {predicted}, where {said} was said"


def _card(fit: Fit, use: Use, name: str, caption: str) -> PageTable | None:
    targets = [each for each in fit.targets if each.use is use]
    if not targets:
        return None
    heads = ("Target", "Said", "The fit says", "Verdict", "Source")
    rows = tuple(
        (
            TableCell(each.title, numeric=False),
            TableCell(figure(each.said), f"give or take {figure(each.tolerance)}"),
            TableCell(*_split(each)),
            TableCell(verdict(each), _reach(each), numeric=False),
            TableCell(each.source, numeric=False),
        )
        for each in targets
    )
    headings = tuple(TableCell(head, numeric=head in {"Said", "The fit says"}) for head in heads)
    return PageTable(name, caption, headings, rows)


def _split(target: TargetResult) -> tuple[str, str]:
    head, _, tail = span(target).partition(" (")
    return head, tail.removesuffix(")")


def _reach(target: TargetResult) -> str:
    if target.median is None or target.low is None or target.high is None:
        return ""
    if target.met:
        wide = target.high - target.low > WIDE * target.tolerance
        return "but its interval is wide and excludes little" if wide else ""
    return "within the 95 % interval" if target.inside else "outside of the 95 % interval"


def _ranges(fit: Fit) -> PageTable:
    heads = (
        "Parameter",
        "Tried",
        "95 % of the fit",
        "Middle",
        "The targets",
        "Source of the range",
    )
    rows = []
    for each in fit.parameters:
        low, _, middle, _, high = (value_text(each, value) for value in each.quantiles)
        left = (f"{low} to {high}", middle, each.verdict) if fit.vectors else ("-", "-", "-")
        rows.append(
            (
                TableCell(each.title, numeric=False),
                TableCell(f"{value_text(each, each.low)} to {value_text(each, each.high)}"),
                TableCell(left[0]),
                TableCell(left[1]),
                TableCell(left[2], numeric=False),
                TableCell(each.source or "none", numeric=False),
            )
        )
    numeric = {"Tried", "95 % of the fit", "Middle"}
    headings = tuple(TableCell(head, numeric=head in numeric) for head in heads)
    return PageTable("parameters", "The parameters", headings, tuple(rows))


def _together(fit: Fit) -> Sequence[str]:
    titles = {each.name: each.title for each in fit.parameters}
    return [
        f"{listed([titles[each.first], titles[each.second]])}: "
        + (
            "the higher the one, the higher the other"
            if each.correlation > 0
            else "the higher the one, the lower the other"
        )
        + f" (correlation {figure(each.correlation)})"
        for each in fit.together
    ]
