"""The traceability modes by name; those that take packages of the extra `e2ee` are imported when they are wanted."""

from __future__ import annotations

from typing import Protocol

from chatsim.errors import lacks_extra
from chatsim.model import Traceability
from chatsim.provenance import frank, hashdb, tag, tree_traceback, untraced
from chatsim.provenance.halves import ClientHalf, Tracing


class Mode(Protocol):
    """What the module of a mode offers."""

    def set_up(self, root: bytes) -> Tracing: ...

    def client_of(self, public: bytes) -> ClientHalf: ...


def set_up(mode: Traceability, root: bytes) -> Tracing:
    """The three parties of a mode, with keys derived from 32 secret bytes.

    Raises ConfigurationError where the extra `e2ee` is missing.
    """
    return _module(mode).set_up(root)


def client_of(mode: Traceability, public: bytes) -> ClientHalf:
    """The client's half, of the values that the relay's setup makes public. Raises as `set_up`."""
    return _module(mode).client_of(public)


def _module(mode: Traceability) -> Mode:
    try:
        return _imported(mode)
    except ModuleNotFoundError as error:
        raise lacks_extra(f"traceability {mode.value}", error) from error


def _imported(mode: Traceability) -> Mode:
    match mode:
        case Traceability.NONE:
            return untraced
        case Traceability.FRANK:
            return frank
        case Traceability.TAG:
            return tag
        case Traceability.TAG_ESCROWED:
            from chatsim.provenance import tag_escrowed  # noqa: PLC0415 - takes PyNaCl

            return tag_escrowed
        case Traceability.SIGNED_ORIGIN:
            from chatsim.provenance import signed_origin  # noqa: PLC0415 - takes cryptography

            return signed_origin
        case Traceability.HASHDB:
            return hashdb
        case Traceability.TRACEBACK:
            from chatsim.provenance import path_traceback  # noqa: PLC0415 - takes cryptography

            return path_traceback
        case Traceability.TRACEBACK_SEALED:
            from chatsim.provenance import path_sealed  # noqa: PLC0415 - takes cryptography

            return path_sealed
        case Traceability.TRACEBACK_TREE:
            return tree_traceback
