"""Whole runs as compiled loops over integers: the same cascade as the relay gives, for populations of any size."""

from chatsim.engine.engine import Engine

__all__ = ["Engine"]
