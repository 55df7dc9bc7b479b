"""Load: many devices that send and receive at a rate, and what became of every message."""
