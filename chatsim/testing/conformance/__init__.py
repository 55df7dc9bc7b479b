"""Whole runs with their answers, small enough to read, that other simulators can be scored against."""
