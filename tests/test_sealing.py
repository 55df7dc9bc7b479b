"""Sealed bodies: they open for whom they are meant, as they were sent, and for nobody and in no other way."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatsim.errors import ConfigurationError
from chatsim.model import chat_of_group
from chatsim.provenance.keys import fresh
from chatsim.sealing.directory import Directory
from chatsim.sealing.keyring import BODY_EXTRA, Keyring
from chatsim.wire.fields import KEY_BYTES
from chatsim.wire.messages import Copy
from tests.bench import Groups

ROOT = b"a root of thirty-two secret byte"
GROUPS = Groups(300, [[1, 2, 3], [1, 2], [7], range(256)])
BODY = b"meet me at the old bridge"


def keyring(user: int, root: bytes = ROOT) -> Keyring:
    """In a process of its own."""
    return Keyring(user, Directory(GROUPS, root))


def copies(*chats: int, sender: int = 1, body: bytes = BODY) -> list[Copy]:
    """What the relay makes of act 5 of device 1 to these chats."""
    keys, sealed = keyring(sender).seal(chats, 1, 5, body)
    assert len(keys) == KEY_BYTES * len(chats)
    return [
        Copy(
            *(sender, 1, 5, None if chat >= 0 else ~chat, 0, 0, 9),
            body=sealed,
            key=keys[KEY_BYTES * at : KEY_BYTES * (at + 1)],
        )
        for at, chat in enumerate(chats)
    ]


def test_one_act_opens_for_every_recipient_of_its_chats() -> None:
    contact, group = copies(2, chat_of_group(0))
    assert keyring(2).open(contact) == BODY
    assert keyring(2).open(group) == keyring(3).open(group) == BODY


def test_the_lowest_member_opens_what_others_send() -> None:
    (copy,) = copies(chat_of_group(0), sender=3)
    assert keyring(1).open(copy) == BODY


def test_groups_of_one_and_of_256_have_keys() -> None:
    (alone,) = copies(chat_of_group(2), sender=7)
    assert keyring(7).open(alone) == BODY
    (crowd,) = copies(chat_of_group(3), sender=255)
    assert {keyring(user).open(crowd) for user in (0, 1, 128, 254)} == {BODY}


@pytest.mark.parametrize("body", [b"", b"x", bytes(100_000)])
def test_a_sealed_body_has_28_bytes_more(body: bytes) -> None:
    (copy,) = copies(2, body=body)
    assert len(copy.body) - len(body) == BODY_EXTRA == 28
    assert keyring(2).open(copy) == body


def test_the_same_text_has_other_bytes_each_time_it_is_sealed() -> None:
    one, other = copies(2)[0], copies(2)[0]
    assert one.body != other.body
    assert one.key != other.key


def test_a_chat_that_an_act_names_twice_gets_it_twice() -> None:
    one, other = copies(2, 2)
    assert keyring(2).open(one) == keyring(2).open(other) == BODY


def flipped(data: bytes | None, at: int) -> bytes:
    assert data is not None
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


CHANGED = {
    "the body's nonce": lambda copy: copy._replace(body=flipped(copy.body, 0)),
    "the body": lambda copy: copy._replace(body=flipped(copy.body, 12)),
    "the body's tag": lambda copy: copy._replace(body=flipped(copy.body, -1)),
    "the body cut short": lambda copy: copy._replace(body=copy.body[:-1]),
    "the body gone": lambda copy: copy._replace(body=b""),
    "the wrapped key": lambda copy: copy._replace(key=flipped(copy.key, 3)),
    "the wrapped key gone": lambda copy: copy._replace(key=None),
    "the sender": lambda copy: copy._replace(sender=2),
    "a sender of no chat": lambda copy: copy._replace(sender=299),
    "the device": lambda copy: copy._replace(device=0),
    "the counter": lambda copy: copy._replace(counter=6),
    "another group": lambda copy: copy._replace(group=1),
    "a group that is none": lambda copy: copy._replace(group=4_000_000_000),
    "the contact's chat": lambda copy: copy._replace(group=None),
    "a body of another act": lambda copy: copy._replace(body=copies(chat_of_group(0))[0].body),
    "a key of another act": lambda copy: copy._replace(key=copies(chat_of_group(0))[0].key),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
@pytest.mark.parametrize("user", [1, 2, 3])
def test_a_copy_in_which_anything_is_changed_does_not_open(change, user: int) -> None:
    (copy,) = copies(chat_of_group(0))
    reader = keyring(user)
    assert reader.open(copy) == BODY
    assert reader.open(change(copy)) is None
    assert reader.unopened == 1


def test_a_key_of_one_chat_does_not_open_in_another() -> None:
    for_two, for_three, group, pair = copies(2, 3, chat_of_group(0), chat_of_group(1))
    assert keyring(2).open(for_two._replace(key=for_three.key)) is None
    assert keyring(2).open(for_two._replace(key=group.key)) is None
    assert keyring(2).open(group._replace(key=pair.key)) is None


def test_what_is_sent_does_not_open_as_what_the_recipient_had_sent() -> None:
    (copy,) = copies(2)
    assert keyring(1).open(copy._replace(sender=2)) is None


def test_who_is_not_in_a_chat_opens_nothing_of_it() -> None:
    contact, group = copies(2, chat_of_group(1))
    assert keyring(3).open(contact) is None
    assert keyring(3).open(group) is None
    with pytest.raises(ValueError, match="user 3 has no key of group 1"):
        keyring(3).seal((chat_of_group(1),), 0, 1, BODY)


def test_keys_of_another_root_open_nothing() -> None:
    contact, group = copies(2, chat_of_group(0))
    assert keyring(2, fresh()).open(contact) is None
    assert keyring(2, fresh()).open(group) is None


class Swapping(Directory):
    """Gives everybody the box of member 2."""

    def for_member(self, group: int, user: int) -> bytes | None:
        return super().for_member(group, 2)


def test_a_group_key_is_sealed_for_one_member_only() -> None:
    directory = Directory(GROUPS, ROOT)
    assert directory.for_member(0, 4) is None
    boxes = [directory.for_member(0, user) for user in (2, 3)]
    assert boxes[0] != boxes[1]
    swapped = Swapping(GROUPS, ROOT)
    (copy,) = copies(chat_of_group(0))
    assert Keyring(2, swapped).open(copy) == BODY
    assert Keyring(3, swapped).open(copy) is None


def test_fresh_directories_have_fresh_roots_that_they_do_not_show() -> None:
    one, other = Directory(), Directory()
    assert one.root != other.root
    assert str(one.root) not in repr(one)


def test_a_root_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has 3 bytes; it takes 32"):
        Directory(GROUPS, b"abc")


def n(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)


def hashed(key: bytes, label: bytes, parts: bytes) -> bytes:
    return hashlib.blake2b(parts, digest_size=32, key=key, person=label).digest()


def described_pair_key(one: int, other: int) -> bytes:
    """From ARCHITECTURE.md's section on sealed bodies, with nothing of the room's own."""
    private, theirs = (
        X25519PrivateKey.from_private_bytes(hashed(ROOT, b"identity", n(user)))
        for user in (one, other)
    )
    secret = private.exchange(theirs.public_key())
    info = b"chatsim pair" + n(min(one, other), max(one, other))
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


@pytest.mark.parametrize(("chat", "number"), [(2, 2), (chat_of_group(0), ~0)])
def test_the_bytes_are_those_of_the_description(chat: int, number: int) -> None:
    """Whatever is bound twice, such as the sender, is held to both here."""
    (copy,) = copies(chat)
    chat_key = described_pair_key(1, 2) if chat >= 0 else hashed(ROOT, b"group", n(0))
    nonce, whose = copy.body[:12], n(1, 1, 5)
    wraps = ChaCha20Poly1305(hashed(chat_key, b"sender", n(1)))
    key = wraps.decrypt(nonce, copy.key, b"chatsim key" + n(number) + whose)
    assert ChaCha20Poly1305(key).decrypt(nonce, copy.body[12:], b"chatsim body" + whose) == BODY


def test_a_box_of_a_group_key_is_that_of_the_description() -> None:
    box = Directory(GROUPS, ROOT).for_member(0, 3)
    assert box is not None
    unseals = ChaCha20Poly1305(hashed(described_pair_key(1, 3), b"group box", b""))
    key = unseals.decrypt(box[:12], box[12:], b"chatsim group" + n(0, 1, 3))
    assert key == hashed(ROOT, b"group", n(0))
