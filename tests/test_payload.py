from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import RemoteProtocolError
from chatsim_clients.payload import Payload, payload, read_payload, text_of

NUMBERS = st.integers(0, 2**32 - 1)


@given(NUMBERS, NUMBERS, st.integers(0, 255), st.binary(max_size=300), st.integers(1, 400))
def test_a_body_says_what_was_written_into_it(content, edition, hop, inner, size):
    body = payload(content, edition, hop, inner, size)
    assert read_payload(body, len(inner)) == Payload(content, edition, hop, inner)
    assert len(body) == max(size, 9) + len(inner)


def test_the_text_depends_on_content_and_edition_alone():
    assert text_of(1, 0, 200) != text_of(2, 0, 200)
    assert text_of(1, 0, 200) != text_of(1, 7, 200)
    assert len(text_of(1, 0, 200)) == 200


@given(st.binary(max_size=40), st.integers(0, 40))
def test_a_body_that_is_too_short_is_a_broken_contract_and_any_other_is_read(body, inner):
    if len(body) < 9 + inner:
        with pytest.raises(RemoteProtocolError, match=f"has at least {9 + inner}"):
            read_payload(body, inner)
    else:
        assert len(read_payload(body, inner).inner) == inner
