"""Which assumption decides the ranking of two policies, and does the ranking ever flip.

`parameters` can be varied, `factors` are those that are, with their ranges, `sampling` plans combinations of them,
`choices` lists what is played, `conduct` plays all of it under both policies and uncapped, `gaps` reads what one gave,
`indices` which assumption matters, `flips` where the ranking turns, `sentences` says it, and `files` keeps it.
"""
