"""Keyed draws and the integer tables that stand for probabilities; nothing here advances a generator."""
