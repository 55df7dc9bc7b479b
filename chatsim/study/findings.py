"""A folder of findings besides studies: one JSON file, tables, a page; written whole or not at all, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from attrs import frozen

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence
from chatsim.study.json_values import from_json, to_json

Found = TypeVar("Found")


@frozen
class Findings(Generic[Found]):
    """What one command's folder looks like."""

    command: str
    """Such as "chatsim rollout"."""
    kind: type[Found]
    json_file: str
    more_files: frozenset[str]
    """Names of everything else that it may hold."""

    def check_destination(self, directory: Path) -> None:
        """Raise ConfigurationError unless `directory` is absent, empty, or a former one and nothing else.

        Asked before the runs as well, so that nobody computes for minutes and then hears it.
        """
        with one_sentence("read", directory):
            if not directory.exists():
                return
            present = {path.name for path in directory.iterdir()} if directory.is_dir() else None
        takes = f"{self.command} takes a folder that is new, empty or its own"
        if present is None:
            raise ConfigurationError(f"{directory} is a file; {takes}")
        strangers = sorted(present - self.more_files - {self.json_file})
        if strangers:
            message = (
                f"{directory} holds {strangers[0]}, which {self.command} never writes; {takes}"
            )
            raise ConfigurationError(message)

    def write(self, directory: Path, found: Found, more: Mapping[str, bytes]) -> None:
        """Writes the folder in one step; `more` are the other files by name.

        Raises ConfigurationError if `directory` holds something else, StoreError if it cannot be written.
        """
        directory = directory.absolute()
        self.check_destination(directory)
        assert set(more) <= self.more_files
        files = {self.json_file: to_json(found).encode(), **more}
        doing = "write the results to"
        with one_sentence(doing, directory), folder_in_one_step(directory) as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)

    def read(self, directory: Path) -> Found:
        """What a folder holds.

        Raises ConfigurationError if it is none of this kind, StoreError if it is damaged or of another version.
        """
        path = directory / self.json_file
        if not path.is_file():
            message = (
                f"{directory} has no {self.json_file}; it takes a folder that {self.command} wrote"
            )
            raise ConfigurationError(message)
        with one_sentence("read", path):
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise StoreError(f"{path} is damaged: it is no text") from error
        return from_json(text, self.kind, str(path))
