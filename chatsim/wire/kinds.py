"""The numbers of the kinds of frames: the first item of every header.

Devices say those below 16, drivers those from 16, the relay those from 64 to whoever is connected and those from 80 to
drivers. An added kind is not a new version of the wire; a changed one is.
"""

HELLO, ACT, ACKNOWLEDGE, LEAVE = 1, 2, 3, 4
RESUME, NOTIFY, SUBSCRIBE, ACT_WITH_NOTICES, QUIET_ACT, COMPLAIN = 5, 6, 7, 8, 9, 10
SEALED_ACT, TOP_UP = 11, 12
DRIVE, BEGIN, SENT, NEXT = 16, 17, 18, 19
WELCOME, COPY, DECIDED, REFUSAL = 64, 65, 66, 67
NOTICE, PRESENCE, COPY_WITH_NOTICES, SEALED_COPY, ISSUED = 68, 69, 70, 71, 72
BEGUN, SETTLED, GO, END = 80, 81, 82, 83

WITH_BODY = (
    *(ACT, COPY, QUIET_ACT, ACT_WITH_NOTICES, COPY_WITH_NOTICES, COMPLAIN),
    *(SEALED_ACT, SEALED_COPY),
)
"""The kinds whose frames have a body."""
