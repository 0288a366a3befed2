"""Signatures, against the standard library's own, and against tokens that stand in mails already."""

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from subscribers.signature import SigningKey
from subscribers.tokens import LinkSigner, read_return_path

KEYS = st.binary(min_size=1, max_size=200)


@given(KEYS, st.text())
def test_it_is_hmac_sha256(key: bytes, words: str) -> None:
    ours = SigningKey(key)
    theirs = hmac.digest(key, words.encode(), hashlib.sha256)
    assert ours.sign(words) == theirs == ours.sign(words)
    assert ours.url_safe(words) == base64.urlsafe_b64encode(theirs).decode().rstrip("=")
    assert ours.letters(words, 10) == base64.b32encode(theirs[:10]).decode().lower()
    assert ours.letters(words, 15) == base64.b32encode(theirs[:15]).decode().lower()


def test_mails_that_went_out_long_ago_still_lead_to_us() -> None:
    signer = LinkSigner(["a key of long ago"], "news.example.org")
    assert signer.read_unsubscribe("12.3.8M1gxXmc_D168AXajd7xxPkiOu3gdIdDZENZVWpnYg0") == (12, 3)
    assert signer.read_web("3.fxNeURotifvaw5Maw8Mrxzkl9XZX0JB82XiCXDedV98") == 3
    assert read_return_path(["a key of long ago"], "bounces+12-3-lgy5a47i5iwjtspw@example.org") == (12, 3)
