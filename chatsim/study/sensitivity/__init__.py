"""Which assumption decides the ranking of two policies, and does the ranking ever flip.

`factors` are the assumptions with their plausible ranges, `sampling` chooses combinations of them, `conduct` plays
every combination under both policies and uncapped, `gaps` reads what one gave, `indices` which assumption matters,
`flips` where the ranking turns, `sentences` says it, and `files` keeps it.
"""
