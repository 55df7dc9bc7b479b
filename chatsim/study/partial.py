"""Finished runs of a study that is not finished, kept beside its folder in `DIR.partial`.

They outlive a full disk, a dead server and Ctrl-C; the same command picks them up, any other starts anew. Every run is
a file of its own, written in one step, so several processes may keep runs at the same time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from attrs import frozen

from chatsim.errors import StoreError
from chatsim.study.atomic_files import one_sentence, write_atomically
from chatsim.study.backend import RunPlan

Kept = TypeVar("Kept")

PLAN_FILE = "plan"


def plan_fingerprint(*parts: str | bytes) -> str:
    """A hash of everything that decides what the runs give: scenario, policies, tables, people, versions."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()


@frozen
class Partial:
    """The kept runs of one plan; a plain value that worker processes may share."""

    folder: Path

    @classmethod
    def open(cls, directory: Path, fingerprint: str) -> Self:
        """The partial folder beside `directory`; runs of another plan are thrown away.

        Raises StoreError if the folder holds something else or cannot be written.
        """
        folder = cls.beside(directory).folder
        plan = folder / PLAN_FILE
        with one_sentence("keep finished runs in", folder):
            if folder.exists() and not plan.is_file():
                message = f"{folder} is in the way: finished runs are kept there, and it holds something else"
                raise StoreError(message)
            if folder.exists() and plan.read_text(encoding="utf-8") != fingerprint:
                shutil.rmtree(folder)
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(plan, fingerprint.encode())
        return cls(folder)

    @classmethod
    def beside(cls, directory: Path) -> Self:
        """The partial folder of a study's folder, whether it exists or not."""
        directory = directory.absolute()
        return cls(directory.with_name(directory.name + ".partial"))

    def of_point(self, number: int | None) -> Partial:
        """The room for the runs of one point of many, within this one; None: there is one point, in this room."""
        if number is None:
            return self
        folder = self.folder / f"{number:06d}"
        with one_sentence("keep finished runs in", folder):
            folder.mkdir(exist_ok=True)
        return Partial(folder)

    def load(self, policy: str, plan: RunPlan, unpack: Callable[[bytes], Kept]) -> Kept | None:
        """What was kept of this run; None where there is nothing, or where it is damaged."""
        path = self._path(policy, plan)
        try:
            return unpack(path.read_bytes())
        except FileNotFoundError:
            return None
        except StoreError:
            return None
        except OSError as error:
            message = f"could not read the finished run {path}: {error.strerror or error}"
            raise StoreError(message) from error

    def keep(self, policy: str, plan: RunPlan, packed: bytes) -> None:
        """Keeps a finished run, packed by `chatsim.cascade.packing`; StoreError if the disk is full."""
        path = self._path(policy, plan)
        with one_sentence("keep a finished run in", self.folder):
            write_atomically(path, packed)

    def kept(self) -> int:
        """How many finished runs are kept, those of all points together."""
        return sum(1 for _ in self.folder.rglob("*.run"))

    def discard(self) -> None:
        """Removes the folder: the study is complete, its runs are in its files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, policy: str, plan: RunPlan) -> Path:
        # Names of policies may be paths; a hash of one fits every file system.
        name = hashlib.sha256(policy.encode()).hexdigest()[:16]
        return self.folder / f"{name}-{plan.originators}-{plan.run:06d}.run"
