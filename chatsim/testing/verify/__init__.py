"""What `chatsim verify` checks: (a) to (f), each a function from ways to play experiments to rows of its table.

Ways are values, so that whoever has another one can hand it in, a wrong one too: a check that cannot fail says nothing.
"""
