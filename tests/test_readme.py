"""Every fenced block of README.md that can run is run, in order, in one empty folder.

- ```console: each line that begins with `$ ` is a command; the lines below it are its output. A command without lines
  below it need only succeed. `...` stands for any text, a line of its own that is `...` for any lines.
- ```python: a program; if it begins with `>>> `, a session whose answers are compared (`...` as above).
- A block whose fence has a file's name after the language (```toml strict.toml) is written to that file.
- Other blocks are for people only.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from chatsim.cli.main import main

FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = ("chatsim", "python", "cat", "head", "ls")
FOR_THE_CHECKOUT = ("make", "git", "cd")
"""Commands that get or build the checkout, which the gates themselves stand on."""
COLUMNS = 100


@frozen
class Block:
    language: str
    file: str
    text: str


@frozen
class Command:
    line: str
    output: str


def blocks(markdown: str) -> list[Block]:
    return [Block(*match.groups(default="")) for match in FENCE.finditer(markdown)]


def commands(console: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        joined = part.replace("\\\n", " ")
        line, _, output = joined.partition("\n")
        yield Command(line.strip(), output)


def says(shown: str, said: str) -> bool:
    """Whether a shown output, with its elisions, is what was said."""
    lines = []
    for line in shown.rstrip().splitlines():
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(r".*".join(map(re.escape, line.rstrip().split("..."))) + r"\n")
    return (
        re.fullmatch("".join(lines), "".join(f"{x.rstrip()}\n" for x in said.splitlines()))
        is not None
    )


def run(command: str, folder: Path) -> str:
    """What a command says; it must succeed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTEST"))}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    result = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, f"$ {command}\n{result.stdout}"
    return result.stdout


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[io.StringIO]:
    """What is said in this process, by whatever runs in `folder`."""
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        yield said


def chatsim(arguments: str, folder: Path) -> str:
    """What `chatsim` says, without a process of its own: most of a small command's time is that one's start."""
    with listening(folder) as said, pytest.raises(SystemExit) as ended:
        main(shlex.split(arguments))
    assert not ended.value.code, f"$ chatsim {arguments}\n{said.getvalue()}"
    return said.getvalue()


def check_console(block: Block, folder: Path) -> None:
    for command in commands(block.text):
        program, _, arguments = command.line.partition(" ")
        if program in FOR_THE_CHECKOUT:
            continue
        assert program in PROGRAMS, f"the README runs {program}; this test knows {PROGRAMS}"
        said = chatsim(arguments, folder) if program == "chatsim" else run(command.line, folder)
        if command.output.strip():
            assert says(command.output, said), (
                f"$ {command.line}\n{said}\n-- README:\n{command.output}"
            )


def check_python(block: Block, folder: Path) -> None:
    (folder / "program").write_text(block.text)
    with listening(folder) as said:
        if block.text.startswith(">>> "):
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            found = doctest.testfile("program", module_relative=False, optionflags=flags)
            assert not found.failed, said.getvalue()
        else:
            exec(compile(block.text, "program", "exec"), {"__name__": "__main__"})


def check(markdown: str, folder: Path) -> None:
    for block in blocks(markdown):
        if block.file:
            (folder / block.file).write_text(block.text)
        elif block.language == "console":
            check_console(block, folder)
        elif block.language == "python":
            check_python(block, folder)


def test_every_block_of_the_readme_does_what_it_shows(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    (tmp_path / "scripts").symlink_to(checkout / "scripts")
    check((checkout / "README.md").read_text(), tmp_path)


def test_a_shown_output_is_compared_with_its_elisions() -> None:
    assert says("one\n...\nfour ... six\n", "one  \ntwo\nthree\nfour five six\n")
    assert says("one\n...\ntwo\n", "one\ntwo\n")
    assert not says("one\ntwo\n", "one\n2\n")
    assert not says("one\n", "one\ntwo\n")
    assert not says("a...b\n", "a\nb\n")


def test_a_command_may_go_on_in_the_next_line() -> None:
    assert list(commands("$ ls \\\n  -a\nfile\n$ cat file\n")) == [
        Command("ls    -a", "file\n"),
        Command("cat file", ""),
    ]


@pytest.mark.parametrize(
    "markdown",
    [
        "```console\n$ python -c 'print(1)'\n2\n```\n",
        "```console\n$ python -c 'raise SystemExit(1)'\n```\n",
        "```console\n$ unknown-program\n```\n",
        "```python\nassert False\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
    ],
)
def test_a_block_that_shows_what_does_not_happen_is_found(markdown: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check(markdown, tmp_path)


def test_a_named_block_is_a_file_for_those_that_follow(tmp_path: Path) -> None:
    check("```text pairs.txt\n1 2\n```\n\n```console\n$ cat pairs.txt\n1 2\n```\n", tmp_path)
