"""Messages of every kind, each with the bytes of its header, in both directions."""

from __future__ import annotations

from chatsim.model import ALLOWED, NoticeKind, Reason, Verdict
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Begin,
    Begun,
    Complain,
    Copy,
    Decided,
    Drive,
    End,
    Go,
    Hello,
    Issued,
    Leave,
    Next,
    Notice,
    Notify,
    Presence,
    QuietAct,
    Refusal,
    Resume,
    Sent,
    Settled,
    Subscribe,
    TopUp,
    Welcome,
)

STAMP = (5).to_bytes(8, "big")

# A changed frame is a new version of the wire; an added kind is not.
GOLDEN_INBOUND = [
    (Hello(7, 0), "9501010700c0"),
    (Hello(7, 1, b"token"), "9501010701c405746f6b656e"),
    (Act(3, 1, (8, -4)), "960203019208fcc0c0"),
    (Act(3, 2, (8,), STAMP), "960203029108c4080000000000000005c0"),
    (Act(70_000, 2, (8,), b"s", b"o"), "9602ce00011170029108c40173c4016f"),
    (Acknowledge(300), "9203cd012c"),
    (Leave(2), "920402"),
    (Resume(7, 1, None, 300), "9605010701c0cd012c"),
    (Notify(3, NoticeKind.READ, 8, 1, 300), "960603020801cd012c"),
    (Subscribe((8, 300)), "92079208cd012c"),
    (Subscribe(()), "920790"),
    (Act(3, 1, (8,), STAMP, None, 3), "970803019108c4080000000000000005c003"),
    (QuietAct(3, (8, -4)), "9509039208fcc0c0"),
    (QuietAct(70_000, (8,), STAMP, b"o"), "9509ce000111709108c4080000000000000005c4016f"),
    (Act(3, 1, (8, -4), keys=bytes(96)), "970b03019208fcc0c000"),
    (Act(3, 2, (8,), STAMP, b"o", 3, keys=bytes(48)), "970b03029108c4080000000000000005c4016f03"),
    (Complain(3, 4, STAMP), "940a0304c4080000000000000005"),
    (Complain(3, 4, None), "940a0304c0"),
    (TopUp(300, b"t", bytes(64)), f"940ccd012cc40174c440{'00' * 64}"),
    (TopUp(3, b"t", b""), "940c03c40174c400"),
    (Drive(b"secret"), "931001c406736563726574"),
    (Begin(), "9111"),
    (Sent(43_200), "9212cda8c0"),
    (Next(43_261), "9213cda8fd"),
    (Next(None), "9213c0"),
]
GOLDEN_OUTBOUND = [
    (Welcome(2, 5, 60), "95400102053c"),
    (Copy(7, 0, 1, None, 0, 0, 43_200, STAMP), "9a41070001c00000cda8c0c4080000000000000005c0"),
    (Copy(7, 0, 2, 3, 1, 2, 43_200, STAMP), "9a41070002030102cda8c0c4080000000000000005c0"),
    (Copy(7, 1, 2, None, None, None, 9), "9a41070102c0c0c009c0c0"),
    (
        Copy(7, 0, 1, None, 0, 0, 9, STAMP, None, 2),
        "9b46070001c0000009c4080000000000000005c002",
    ),
    (
        Copy(7, 0, 1, 3, 0, 0, 9, STAMP, key=bytes(48)),
        f"9c4707000103000009c4080000000000000005c000c430{'00' * 48}",
    ),
    (
        Copy(7, 0, 1, None, None, None, 9, None, b"o", 2, key=bytes(48)),
        f"9c47070001c0c0c009c0c4016f02c430{'00' * 48}",
    ),
    (Notice(NoticeKind.DELIVERED, 8, 300), "94440108cd012c"),
    (Presence(8, online=True), "93450801"),
    (Presence(300, online=False), "9345cd012c00"),
    (Decided(1, ALLOWED), "94420100c0"),
    (Decided(3, Verdict(Reason.MAILBOX_FULL)), "94420307c0"),
    (Decided(4, Verdict(Reason.TOO_MANY_COPIES, 10_000)), "94420408cd2710"),
    (Decided(2, Verdict(Reason.CHATS_PER_ACTION, 5)), "9442020205"),
    (
        Issued(3, 300, (bytes(32), bytes(64), bytes(64)), (b"", b"", b"")),
        f"994803cd012cc420{'00' * 32}c440{'00' * 64}c440{'00' * 64}c400c400c400",
    ),
    (Refusal("no"), "9243a26e6f"),
    (Begun(), "9150"),
    (Settled(9), "925109"),
    (Go(9), "925209"),
    (End(), "9153"),
]
