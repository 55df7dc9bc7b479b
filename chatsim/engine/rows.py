"""Where things stand in the engine's rows of integers: the names that kernels read and write by.

Kernels know arrays only. A *story* is one person on the way to act: who waits in which window. A *send* is one chat
that one act goes to. A *first copy* and a *deed* are the rows of `chatsim.cascade.values`, kept by place in trees only.
"""

from __future__ import annotations

# The laws of audience, as numbers.
PICK, EACH, REPEAT = 0, 1, 2

# What falls due next in a story.
READING, ACTING, PASTING = 0, 1, 2

# A story: int32[7], 28 bytes.
PLACE = 0
ORIGIN = 1
"""The chat that the copy came from, as in a send; an originator's is the originator's own place."""
NEXT = 2
"""The story after this one in the same window, NOBODY at the end."""
DUE = 3
HELD = 4
"""Tick of the first copy."""
FLAGS = 5
USER = 6
STORY = 7
NOBODY = -1

# Flags, from the lowest bit: claimed hop (7 bits), stage (2), originates, greedy, true depth (20).
STAGE_SHIFT = 7
STAGE_MASK = 3 << STAGE_SHIFT
ORIGINATES = 1 << 9
GREEDY = 1 << 10
"""Whose app asks for everything; which cheat it is can be drawn again (`chatsim.engine.cheating`)."""
DEPTH_SHIFT = 11
DEPTH_MAX = (1 << 20) - 1

# How far a story is: int32[8], kept between windows for those who are not done in one.
ACTIONS = 0
CONTACTS_TAKEN = 1
GROUPS_TAKEN = 2
USED = 3
"""Chats forwarded to."""
PASTED = 4
"""Chats of the rest whose turn to be pasted has come."""
PERMITTED = 5
"""What a refusal by the total cap left for the next action; -1: no such refusal."""
LINEAGE = 6
ROUND = 7
"""Of `repeat`; the next two stand in the same column, each of another law."""
WAITED = 7
"""Of `pick`: whether a refusal that time lifts has been waited for."""
LABEL_SEEN = 7
"""Of `each`, where labels follow the rules of whoever sent the copy."""
PROGRESS = 8

# A send: int32[8].
SENDER = 0
"""Place."""
SENDER_USER = 1
CHAT = 2
"""A contact's place, or ~group."""
TICK = 3
HOP = 4
"""What the copy claims."""
SENDER_DEPTH = 5
SENT_LINEAGE = 6
MARKS = 7
SEND = 8

# Marks of a send, from the lowest bit: original, the label (2 bits), the label of the true depth (2 bits).
ORIGINAL = 1
LABEL_SHIFT = 1
LABEL_MASK = 3
HONEST_SHIFT = 3

# Of whoever is reached first in a window: int64[4, candidate].
COIN_USER, COIN_DELAY, COIN_SHARE, COIN_SUSCEPTIBILITY = 0, 1, 2, 3

# A first copy: int32[5].
FIRST_TICK, FIRST_PARENT, FIRST_GROUP, FIRST_HOP, FIRST_LABEL = 0, 1, 2, 3, 4
FIRST = 5

# A deed: int32[12], in the order of `chatsim.cascade.values.Deeds` after the user; tick -1 where there is none.
DEED_TICK = 0
WANTED = 1
HELD_BACK = 2
DENIED = 3
DEED_ACTIONS = 4
REFUSED = 5
FORWARDED_CHATS = 6
FORWARDED_COPIES = 7
ORIGINAL_CHATS = 8
ORIGINAL_COPIES = 9
HOP_MADE = 10
ABANDONED = 11
DEED = 12

# Totals over people: a deed's columns, then these.
EXTRA_ACTIONS = 12
PASTED_CHATS = 13
LABELS = 14
"""Copies by label: three columns."""
WRONG_LABELS = 17
REACHED = 18
COMPLAINTS = 19
TOTALS = 20

# What somebody has used of the running hour: int32[2].
HOUR, HOUR_USED = 0, 1

# Counts over people, int64[2, minute], and what an officer made of them, int64[2, part].
COPIES_MADE, COMPLAINED = 0, 1
PAUSED_UNTIL, TAKEN_FROM = 0, 1
