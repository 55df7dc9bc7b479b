"""How the number of forwards of a copy is proven, and what a report of a copy can bring to light.

Two independent axes. *Enforcement* (`chatsim.model.Enforcement`) decides whether a copy may go on and what it claims;
*traceability* (`chatsim.model.Traceability`) decides what an examiner learns from a copy that somebody reports. Each
mode is a few pure functions over bytes, in halves: what a client does, what the relay does, what an examiner does.
"""
