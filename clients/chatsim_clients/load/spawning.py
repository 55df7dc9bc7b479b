"""A server of the load's own: started with what the plan says, and always ended."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme
from attrs import define

from chatsim.server.tokens import write_tokens
from chatsim.study.scenario_json import scenario_to_json
from chatsim_clients.load.parts import Spawn
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.tcp_process import ServerProcess


@define(eq=False)
class Served:
    """Where the server of a load is, and what its clients need to know."""

    plan: LoadPlan
    users: int
    address: tuple[str, int] = ("", 0)
    pid: int | None = None
    authority: str | None = None
    tokens: Path | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = None
    _process: ServerProcess | None = None

    def __enter__(self) -> Self:
        plan = self.plan
        if plan.spawn is None:
            assert plan.address is not None
            self.address, self.pid = plan.address, plan.server_pid
            if plan.tls:
                self.authority = None if plan.tls_authority is None else str(plan.tls_authority)
            self.tokens = plan.tokens
            return self
        self._folder = tempfile.TemporaryDirectory(prefix="chatsim-load-")
        try:
            self._start(plan.spawn, Path(self._folder.name))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        try:
            if process is not None:
                process.stop()
        finally:
            if self._folder is not None:
                self._folder.cleanup()

    def ended(self) -> str:
        """A clause where the spawned server has ended by itself; empty where it has not."""
        process = self._process
        if process is not None and process.died(within_seconds=0):
            return f"the server ended in the middle of the load: {process.last_words()}"
        return ""

    def _start(self, spawn: Spawn, folder: Path) -> None:
        arguments = ["--port", "0", "--policy", self.plan.policy, *self._users(folder)]
        arguments += ["--enforcement", self.plan.enforced]
        if self.plan.scale != 1:
            arguments += ["--clock", "scaled", "--scale", str(self.plan.scale)]
        if self.plan.sealed:
            arguments.append("--e2ee")
        if self.plan.tls:
            arguments += self._certificates(folder)
        arguments += self._tokens(folder) if spawn.with_tokens else ["--insecure-dev"]
        self._process = ServerProcess([*arguments, *spawn.arguments], {})
        self.pid = self._process.pid
        self.address = self._process.address()

    def _users(self, folder: Path) -> list[str]:
        if self.plan.scenario is None:
            return ["--users", str(self.users)]
        path = folder / "scenario.json"
        path.write_text(scenario_to_json(self.plan.scenario), encoding="utf-8")
        return ["--population", str(path)]

    def _certificates(self, folder: Path) -> list[str]:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        certificate, key, trusted = folder / "server.pem", folder / "server.key", folder / "ca.pem"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        authority.cert_pem.write_to_path(str(trusted))
        self.authority = str(trusted)
        return ["--tls-certificate", str(certificate), "--tls-key", str(key)]

    def _tokens(self, folder: Path) -> list[str]:
        self.tokens = folder / "tokens"
        return ["--tokens", str(write_tokens(self.users, self.tokens))]
