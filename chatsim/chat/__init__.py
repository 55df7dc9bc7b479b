"""One session of a trio client: acts and their verdicts, copies, and the stream that carries them."""

from chatsim.chat.chat import Chat

__all__ = ["Chat"]
