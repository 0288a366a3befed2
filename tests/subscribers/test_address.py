"""One mailbox, one spelling."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.address import MOST, MOST_LOCAL, normalise, normalise_plain, normalise_slowly
from subscribers.errors import BadAddress

_LOCAL = st.text("abcXYZ019._+-'!#&=~", min_size=1, max_size=70)
_LABEL = st.text("abcXYZ019-", min_size=1, max_size=40)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}", _LOCAL, st.lists(_LABEL, min_size=1, max_size=6)
)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lloyd@Example.ORG\t", "ada.lloyd@example.org"),
        ("ada+news@example.org", "ada+news@example.org"),
        ("a.d.a@example.org", "a.d.a@example.org"),
        ("o'shea@example.org", "o'shea@example.org"),
        ("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
        ("ada@members.test", "ada@members.test"),
        ("ada@nowhere.invalid", "ada@nowhere.invalid"),
        ("-@example.org", "-@example.org"),
        ("x" * MOST_LOCAL + "@example.org", "x" * MOST_LOCAL + "@example.org"),
    ],
)
def test_every_spelling_of_a_mailbox_becomes_the_same_one(written: str, stored: str) -> None:
    assert normalise(written) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@192.0.2.1",
        "ada@[192.0.2.1]",
        "ada..lloyd@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org.",
        "ada@@example.org",
        "ad a@example.org",
        "ada@exam ple.org",
        "mailto:ada@example.org",
        "Ada <ada@example.org>",
        "siân@example.org",
        "\u212a@example.org",
        "x" * (MOST_LOCAL + 1) + "@example.org",
        "ada@" + "x" * 64 + ".org",
        "ada@" + ".".join(["x" * 50] * 5) + ".org",
    ],
)
def test_what_mail_cannot_be_sent_to_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadAddress) as refused:
        normalise(text)
    assert refused.value.particulars["why"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ad a@example.org", "it must not have a space in it"),
        ("ada@example.org,ben@example.net", "it must have one @"),
        ("ada,ben@example.org", "it must not have a comma in it"),
        ('"ada"@example.org', "it must not have a quotation mark in it"),
        ("ada\x07@example.org", "it must not have a control character in it"),
        ("mailto:ada@example.org", "it must not have a colon in it"),
        ("siân@example.org", "only letters from a to z"),
        ("ada@example", "must have a dot"),
    ],
)
def test_a_reason_says_what_to_put_right(text: str, why: str) -> None:
    with pytest.raises(BadAddress, match=why):
        normalise(text)


def test_a_reason_never_repeats_a_megabyte() -> None:
    with pytest.raises(BadAddress) as refused:
        normalise("x" * 1_000_000)
    assert len(str(refused.value)) < 2 * MOST


@given(ADDRESSES)
@example("ab--cd@example.org")
@example("ada@ab--cd.example.org")
@example("ada@xn--a.test")
@example("ada@a-.test")
@example("ada@" + "a1" * 30 + ".org")
def test_the_short_cut_for_plain_addresses_says_what_the_library_says(text: str) -> None:
    assert _either(normalise, text) == _either(normalise_slowly, text)


@given(st.lists(st.one_of(ADDRESSES, st.text(max_size=8).map(lambda text: f"{text}@example.org")), max_size=5))
@example(["ada@example.org", "Ben@Example.ORG"])
@example(["ada@example.org\nben@example.org"])
@example(["ada@example.org\nben@example.org", ""])
@example(["x" * 65 + "@example.org"])
@example(["", ""])
def test_many_at_once_are_spelt_as_each_would_be(texts: list[str]) -> None:
    stripped = [text.strip() for text in texts]
    assert normalise_plain(stripped) in (None, [_either(normalise_slowly, text) for text in stripped])


def test_plain_addresses_are_not_looked_at_one_by_one() -> None:
    assert normalise_plain(["Ada@Example.org", "b-e.n+news@mail.example.org"]) == [
        "ada@example.org",
        "b-e.n+news@mail.example.org",
    ]


@given(st.one_of(ADDRESSES, st.text(max_size=80), st.text(max_size=20).map(lambda text: f"{text}@example.org")))
def test_whatever_is_accepted_is_plain_and_stays_as_it_is(text: str) -> None:
    stored = _either(normalise, text)
    if stored is not None:
        assert stored.isascii()
        assert stored.isprintable()
        assert not set(stored) & set(' ",:;<>()[]\\')
        assert len(stored) <= MOST
        assert normalise(stored) == stored


def _either(normalise_so: object, text: str) -> str | None:
    assert callable(normalise_so)
    try:
        return str(normalise_so(text))
    except BadAddress:
        return None
