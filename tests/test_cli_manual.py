"""Help that reads like a manual page."""

from __future__ import annotations

import re

import click
from click.testing import CliRunner

from chatsim.cli.manual import ManualCommand
from chatsim.cli.serve import command as serve


def sections(text: str) -> dict[str, str]:
    """Heading to text; what stands before the first heading has none."""
    parts = re.split(r"^(\S[^\n]*):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_options_stand_in_their_groups_and_text_in_its_sections():
    command = ManualCommand(
        "speak",
        params=[click.Option(["--loud"]), click.Option(["--fast"]), click.Option(["--new"])],
        groups={"How": ["fast", "loud"]},
        sections={"Files": "\b\none\ntwo"},
    )
    told = sections(CliRunner().invoke(command, ["--help"]).output)
    assert list(told) == ["How", "Other", "Files"]
    assert told["How"].index("--fast") < told["How"].index("--loud")
    assert "--new" in told["Other"]
    assert "--help" in told["Other"]
    assert told["Files"].split() == ["one", "two"]
    assert "\n  one\n" in "\n" + told["Files"]


def test_every_option_of_the_server_has_a_group_and_the_manual_all_its_sections():
    told = sections(CliRunner().invoke(serve, ["--help"]).output)
    assert re.findall("--[a-z-]+", told["Other"]) == ["--help"]
    headings = {
        "Who counts",
        "Clocks",
        "Mail",
        "Files",
        "Output",
        "Signals",
        "Exit status",
        "Examples",
    }
    assert headings < told.keys()
    for clock in ("real", "scaled", "driven"):
        assert f"\n  {clock}" in told["Clocks"]
    for store in ("memory", "sqlite:PATH", "sqlite:PATH?sync=normal"):
        assert f"\n  {store}" in told["Mail"]


def test_every_example_of_the_server_has_options_that_exist():
    told = sections(CliRunner().invoke(serve, ["--help"]).output)
    known = {name for option in serve.params for name in option.opts}
    used = set(re.findall(r"--[a-z-]+", told["Examples"])) - {"--out"}
    assert "--tokens" in used
    assert used <= known
