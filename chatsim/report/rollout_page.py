"""The page of simulated A/B tests: one self-contained file, without scripts and without a request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from chatsim.report.drawing import Figure
from chatsim.report.html import PageTable, TableCell, environment, pictures
from chatsim.report.rollout_figure import estimates_figure
from chatsim.study.assumptions import NOT_MODELLED
from chatsim.study.rollout.analysis import FORWARDS, OUTCOMES, REACHED, replicates_for
from chatsim.study.rollout.sentences import change, points
from chatsim.study.rollout.values import PAGE_FILE, RolloutFound, Trial
from chatsim.study.sentences import counted
from chatsim.study.summary import INTERVALS_LINE, Chance

HEADINGS = (
    "Randomised by",
    "Units",
    "The test says",
    "The truth",
    "Bias (points)",
    "Finds it (5 %)",
    "To pool for 8 of 10",
    "False alarms",
)
DEFINITIONS = (
    (
        "The test says",
        "Treated people against untreated people of the same run, as a platform would compute it; the mean over replicates.",
    ),
    (
        "The truth",
        "The same people, originators and coins, once with everybody treated and once with nobody. Only a simulator can do that.",
    ),
    (
        "Bias",
        "What the test says less the truth, in percentage points, replicate by replicate on the same seeds.",
    ),
    (
        "Finds it",
        "In how many replicates Welch's test on the means of the units is significant at 5 %: the power of one test on one content.",
    ),
    (
        "To pool for 8 of 10",
        "How many such contents a test must pool to find the difference with a chance of 80 %, from the power of one (normal law).",
    ),
    (
        "False alarms",
        "The same test where the policy is the control itself: about 5 % where the test is honest.",
    ),
    ("Community", "1,024 generated people most of whose contacts and groups lie among themselves."),
)


def rollout_files(found: RolloutFound) -> Mapping[str, bytes]:
    """The page and its figures by name, for `chatsim.study.rollout.values.FOLDER`."""
    drawn = {"estimates": estimates_figure(found)}
    files = {PAGE_FILE: page(found, drawn).encode()}
    for name, each in drawn.items():
        files[f"{name}.svg"] = each.svg.encode()
        files[f"{name}.png"] = each.png()
    return files


def page(found: RolloutFound, drawn: Mapping[str, Figure]) -> str:
    """The page as the text of an HTML file. Equal findings give equal text."""
    contents = list(dict.fromkeys(each.content for each in found.tests))
    return (
        environment()
        .get_template("rollout.html.j2")
        .render(
            found=found,
            figures=pictures(drawn),
            tables=[
                _table(found, outcome, content) for content in contents for outcome in OUTCOMES
            ],
            definitions=DEFINITIONS,
            not_modelled=NOT_MODELLED,
            intervals=INTERVALS_LINE.replace("runs", "replicates"),
            versions=", ".join(f"{each.name} {each.version}" for each in found.versions),
        )
    )


def _table(found: RolloutFound, outcome: str, content: str) -> PageTable:
    what = {REACHED: "People reached", FORWARDS: "Chats forwarded to, per person"}[outcome]
    replicates = counted(found.replicates, "replicate")
    return PageTable(
        f"table-{OUTCOMES.index(outcome)}-{content.replace(' ', '-')}",
        f"{what}, {content}: {found.policy_title} against {found.control_title}, {replicates}",
        tuple(TableCell(each, numeric=i > 0) for i, each in enumerate(HEADINGS)),
        tuple(_row(each) for each in found.of(outcome, content)),
    )


def _row(trial: Trial) -> tuple[TableCell, ...]:
    power = trial.power
    more = None if power is None else replicates_for(power)
    return (
        TableCell(trial.unit.capitalize(), numeric=False),
        *(
            TableCell(text)
            for text in (
                f"{trial.units:,}",
                change(trial.estimate),
                change(trial.truth),
                points(trial.bias),
                _often(power),
                "-" if more is None else f"{more:,}",
                _often(trial.false_alarms),
            )
        ),
    )


def _often(chance: Chance | None) -> str:
    return "too few units" if chance is None else f"{chance.count} of {chance.runs}"
