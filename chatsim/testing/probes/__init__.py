"""Probes: each takes a mode that is set up, has people use it, and measures what it claims.

A mode is an enforcement and a traceability (`mode.Mode`), the built-in ones or one of your own. What a probe returns is
compared with `chatsim.provenance.values.Claims` or `chatsim.provenance.enforcement_claims.EnforcementClaims`, and has
to be equal in both directions: what a mode admits not to hold has to be seen not to hold.
"""
