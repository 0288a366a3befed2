"""S3: forged, truncated and altered tokens, tokens of other lists and keys: of 100,000 tries none is accepted."""

import random
from collections.abc import Callable

import pytest

from subscribers.errors import BadLink
from subscribers.tokens import LinkSigner, ReturnPaths, read_return_path

KEY, OLD = "the key that signs now, long enough", "the key that signed before, long enough"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ \n\x00é"
TRIES = 100_000

Bend = Callable[[random.Random, str], str]

BENDS: list[Bend] = [
    lambda chance, token: _replaced(token, chance.randrange(len(token)), chance.choice(LETTERS)),
    lambda chance, token: _replaced(token, at := chance.randrange(len(token)), _flipped(token[at], chance)),
    lambda chance, token: token[: chance.randrange(len(token))],
    lambda chance, token: token[chance.randrange(1, len(token)) :],
    lambda chance, token: token + chance.choice(LETTERS),
    lambda chance, token: chance.choice(LETTERS) + token,
    lambda chance, token: _replaced(token, -1, chance.choice(LETTERS)),
    lambda chance, token: f"{chance.randrange(1000)}.{chance.randrange(100)}.{token.rpartition('.')[2]}",
    lambda chance, token: f"{token.rpartition('.')[0]}.{''.join(chance.choices(LETTERS[:64], k=43))}",
    lambda chance, token: token.swapcase(),
]


def test_no_bent_token_is_taken() -> None:
    signer = LinkSigner([KEY, OLD], "news.example.org")
    chance = random.Random(8058)
    hits = []
    for number in range(TRIES):
        token = signer.unsubscribe(chance.randrange(1, 1000), chance.randrange(1, 100))
        bent = BENDS[number % len(BENDS)](chance, token)
        if bent != token and _is_read(signer, bent):
            hits.append((token, bent))
    assert hits == []


def test_no_token_of_another_list_key_or_kind_is_taken() -> None:
    ours = LinkSigner([KEY], "news.example.org")
    others = [
        LinkSigner([KEY], "other.example.org"),
        LinkSigner([OLD], "news.example.org"),
        LinkSigner([KEY + "x"], "news.example.org"),
        LinkSigner([KEY], "NEWS.example.org"),
    ]
    for other in others:
        assert not _is_read(ours, other.unsubscribe(12, 3))
        assert not _is_read(ours, f"12.{other.web(3)}")


def test_old_mail_works_after_rotation_until_the_old_key_is_given_up() -> None:
    token = LinkSigner([OLD], "news.example.org").unsubscribe(12, 3)
    assert _is_read(LinkSigner([KEY, OLD], "news.example.org"), token)
    assert not _is_read(LinkSigner([KEY], "news.example.org"), token)


def test_no_bent_mail_to_unsubscribe_is_taken() -> None:
    signer = LinkSigner([KEY, OLD], "news.example.org")
    other = LinkSigner([KEY], "other.example.org")
    chance = random.Random(6068)
    for _ in range(10_000):
        number, issue = chance.randrange(1, 1000), chance.randrange(1, 100)
        token = signer.unsubscribe_mail("news@example.org", number, issue).rpartition("=")[2]
        bent = _replaced(token, chance.randrange(len(token)), chance.choice(LETTERS))
        if bent.lower() != token:
            with pytest.raises(BadLink):
                signer.read_unsubscribe_mail("news@example.org", bent)
        with pytest.raises(BadLink):
            other.read_unsubscribe_mail(token)


def test_no_bent_return_path_is_taken() -> None:
    chance = random.Random(3464)
    for _ in range(10_000):
        path = ReturnPaths(KEY, "bounces@example.org").of(chance.randrange(1, 1000), chance.randrange(1, 100))
        at = chance.randrange(len(path))
        bent = _replaced(path, at, chance.choice("abcdefghijklmnopqrstuvwxyz234567-+@.0"))
        if bent != path:
            with pytest.raises(BadLink):
                read_return_path([KEY, OLD], bent)


def _is_read(signer: LinkSigner, token: str) -> bool:
    try:
        signer.read_unsubscribe(token)
    except BadLink:
        return False
    return True


def _replaced(text: str, at: int, letter: str) -> str:
    at %= len(text)
    return text[:at] + letter + text[at + 1 :]


def _flipped(letter: str, chance: random.Random) -> str:
    return chr(ord(letter) ^ (1 << chance.randrange(7)))
