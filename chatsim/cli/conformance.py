"""`chatsim conformance`: small runs with their answers, for other simulators."""

from __future__ import annotations

from pathlib import Path

import click

DIFFERENT = 1


@click.group("conformance")
def command() -> None:
    """Take small runs with their answers, and score another simulator's answers against them.

    ARCHITECTURE.md says what a vector holds and what the rules are ("Conformance", "Rules, exactly").
    """


@command.command("export")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def export(directory: Path) -> None:
    """Write every vector into DIR as JSON, and the right answers as answers.csv."""
    from chatsim.study.atomic_files import one_sentence
    from chatsim.testing.conformance import scoring, vectors

    found = vectors.names()
    right = scoring.expected_answer([vectors.load(name) for name in found])
    with one_sentence("write the vectors to", directory):
        directory.mkdir(parents=True, exist_ok=True)
        for name in found:
            (directory / f"{name}.json").write_text(vectors.text_of(name), encoding="utf-8")
        (directory / "answers.csv").write_text(scoring.write_answer(right), encoding="utf-8")
    click.echo(f"{len(found)} vectors and answers.csv: {directory}")


@command.command("score")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def score(file: Path) -> int:
    """Score the answers in FILE: how many first copies are identical, and where the first one is not.

    FILE is a CSV with the columns vector, content, user, tick, parent, group, hop, label. The exit status is 1 where
    anything differs.
    """
    from chatsim.study.atomic_files import one_sentence
    from chatsim.testing.conformance import scoring, vectors

    with one_sentence("read", file):
        answer = scoring.read_answer(file.read_text(encoding="utf-8", errors="replace"), str(file))
    scores = scoring.score([vectors.load(name) for name in vectors.names()], answer)
    for each in scores:
        line = f"{each.vector:<20} {each.identical:>5,} of {each.people:>5,} identical"
        click.echo(
            line if each.first_difference is None else f"{line}; first: {each.first_difference}"
        )
    identical, people = sum(each.identical for each in scores), sum(each.people for each in scores)
    click.echo(f"{'All':<20} {identical:>5,} of {people:>5,} identical ({identical / people:.1%})")
    return 0 if identical == people else DIFFERENT
