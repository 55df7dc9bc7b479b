"""What every page of ours is made of: its environment, its tables, its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import jinja2
from attrs import frozen
from markupsafe import Markup

from chatsim.report import words
from chatsim.report.drawing import Figure
from chatsim.report.theme import variables
from chatsim.study.manifest import Version


@frozen
class TableCell:
    """A cell of a table on the page."""

    text: str
    detail: str = ""
    numeric: bool = True


@frozen
class PageTable:
    """A table on the page: a name and then cells in every row."""

    name: str
    """Its id on the page."""
    caption: str
    headings: tuple[TableCell, ...]
    """The first is that of the names."""
    rows: tuple[tuple[TableCell, ...], ...]


def named_table(
    table: str,
    caption: str,
    headings: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    texts: bool = False,
) -> PageTable:
    """A table whose first column is a name; what stands in brackets behind a figure goes below it."""
    return PageTable(
        table,
        caption,
        tuple(TableCell(each, numeric=i > 0 and not texts) for i, each in enumerate(headings)),
        tuple(
            (
                TableCell(row[0], numeric=False),
                *(
                    TableCell(each, numeric=False)
                    if texts
                    else TableCell(*words.split_detail(each))
                    for each in row[1:]
                ),
            )
            for row in rows
        ),
    )


def environment(package: str = "chatsim.report") -> jinja2.Environment:
    """Where the templates of a package and the parts that all pages share are found; whatever they show is escaped."""
    packages = dict.fromkeys((package, "chatsim.report"))
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(each) for each in packages]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_without_controls,
    )
    made.filters["prose"] = words.glued
    made.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    made.globals["counted"] = words.COUNTED
    made.globals["style"] = Markup(variables())  # noqa: S704 - our own colours
    return made


def _without_controls(value: object) -> object:
    # Names of the user's own; what is markup already has none.
    return words.cleaned(value) if type(value) is str else value


def listed_versions(versions: Iterable[Version]) -> str:
    """Programs and their versions in one line."""
    return ", ".join(f"{each.name} {each.version}" for each in versions)


def pictures(drawn: Mapping[str, Figure]) -> dict[str, tuple[Markup, Markup]]:
    """The wide and the narrow drawing of each figure, for the macro `picture`."""
    # Drawn by us, names in them escaped by the renderer.
    return {
        name: (Markup(each.svg), Markup(each.svg_narrow))  # noqa: S704
        for name, each in drawn.items()
    }
