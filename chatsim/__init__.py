"""chatsim: compare message-forwarding policies by relaying real messages between simulated people."""

__version__ = "0.1.0"
