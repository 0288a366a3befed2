"""DKIM, verified by those who did not write it: dkimpy, and opendkim where it is installed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.app.sender import builder as builder_of_settings
from newsletter.compiler import CompiledEmail
from newsletter.errors import SettingsError
from newsletter.issue import Issue, Letterhead
from newsletter.message import MessageBuilder, Recipient
from newsletter.message.dkim import DkimSigner, dkim_signer, relaxed_body
from newsletter.message.dkim_key import Ed25519Key, RsaKey, make_key, read_key, write_key, zone_line
from newsletter.settings import Settings
from subscribers.tokens import LinkSigner
from tests import dkim_verifier
from tests.dkim_verifier import opendkim_says

KEY = "a secret key of the tests, long enough"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Recipient(7, 3, "ada@example.org", "Ada", "Llŷr", {})
PEOPLE = (
    ADA,
    Recipient(8, 4, "ben@example.org"),
    Recipient(9, 5, "c@example.org", "Gwenllian " * 9, "ap Rhys-Llywelyn", {}),
    Recipient(10, 6, "d@example.org", 'Dot, "the" \\ one', "", {}),
)
Builder = Callable[[Issue], MessageBuilder]


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest) -> RsaKey | Ed25519Key:
    return make_key(request.param == "ed25519")


@pytest.fixture
def signer(key: RsaKey | Ed25519Key) -> DkimSigner:
    return DkimSigner("example.org", "news2026", key, AT)


@pytest.fixture
def issue(email: CompiledEmail, head: Letterhead) -> Issue:
    return Issue(12, "good-news", "f" * 64, AT, 5, 4, email, head)


@pytest.fixture
def builder(issue: Issue, signer: DkimSigner) -> MessageBuilder:
    return MessageBuilder(issue, LinkSigner([KEY], "news.example.org"), KEY, signer)


Valid = Callable[[bytes, str], bool]


@pytest.fixture(scope="module")
def valid() -> Iterator[Valid]:
    """Verify as a receiver does whose DNS has a record at our selector, and nothing else."""
    with dkim_verifier.running() as verifier:
        if verifier is None:
            pytest.skip(
                "dkimpy is not installed (apt install python3-dkim python3-nacl): our signatures were NOT TRIED"
            )
        yield lambda content, record: verifier.accepts(content, "news2026._domainkey.example.org.", record)


def test_a_receiver_finds_every_message_signed(builder: MessageBuilder, key: RsaKey | Ed25519Key, valid: Valid) -> None:
    for person in PEOPLE:
        assert valid(builder.build(person).content, key.record), person.name


@pytest.mark.parametrize(
    "subject",
    [
        "Noson dda — dŵr, tân a’r ŵyl yn Nhŷ Ddewi " * 3,
        "Dear \ue000first_name|friend\ue001, is it  twice   spaced?",
        "🎉",
        "x" * 200,
    ],
)
def test_subjects_of_any_kind_are_covered(
    issue: Issue, signer: DkimSigner, key: RsaKey | Ed25519Key, subject: str, valid: Valid
) -> None:
    other = replace(issue, email=replace(issue.email, subject=subject))
    content = MessageBuilder(other, LinkSigner([KEY], "news.example.org"), KEY, signer).build(ADA).content
    assert valid(content, key.record)


@pytest.mark.parametrize("end", ["", " ", "\t", "\n\n\n", " \n \n", "  x  \t y"])
def test_spaces_and_empty_lines_in_the_text_are_canonicalised_as_receivers_do(
    issue: Issue, signer: DkimSigner, key: RsaKey | Ed25519Key, end: str, valid: Valid
) -> None:
    other = replace(issue, email=replace(issue.email, text=f"A  b\t\tc \nd{end}", html=f"<pre>  a\t b   </pre>{end}"))
    content = MessageBuilder(other, LinkSigner([KEY], "news.example.org"), KEY, signer).build(ADA).content
    assert valid(content, key.record)


def test_each_covered_field_fails_when_one_octet_of_it_changes(
    builder: MessageBuilder, key: RsaKey, valid: Valid
) -> None:
    content = builder.build(ADA).content
    for name in (
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"MIME-Version", b"Content-Type", b"List-Id", b"Reply-To",
        b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Feedback-ID",
    ):  # fmt: skip
        start = content.index(b"\r\n" + name + b": ") + len(name) + 6
        changed = content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :]
        assert not valid(changed, key.record), name


def test_a_body_with_one_octet_changed_fails(builder: MessageBuilder, key: RsaKey, valid: Valid) -> None:
    content = builder.build(ADA).content
    start = content.index(b"Dear")
    assert not valid(content[:start] + b"Bear" + content[start + 4 :], key.record)


@pytest.mark.parametrize(
    "field",
    [
        b"From: Eve <eve@example.com>",
        b"To: eve@example.com",
        b"Subject: Something else",
        b"Reply-To: eve@example.com",
        b"List-Unsubscribe: <https://example.com/>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"List-Id: <other.example.com>",
    ],
)
def test_nobody_can_add_a_second_of_what_readers_act_upon(
    builder: MessageBuilder, key: RsaKey, field: bytes, valid: Valid
) -> None:
    content = builder.build(ADA).content
    signature, _, rest = content.partition(b"\r\nTo: ")
    assert not valid(signature + b"\r\n" + field + b"\r\nTo: " + rest, key.record)
    assert not valid(field + b"\r\n" + content, key.record)


def test_nobody_can_add_a_reply_to_where_there_is_none(
    issue: Issue, signer: DkimSigner, key: RsaKey, valid: Valid
) -> None:
    other = replace(issue, letterhead=replace(issue.letterhead, reply_to=None))
    content = MessageBuilder(other, LinkSigner([KEY], "news.example.org"), KEY, signer).build(ADA).content
    assert valid(content, key.record)
    assert not valid(b"Reply-To: eve@example.com\r\n" + content, key.record)


def test_a_relay_may_add_a_field_that_nobody_acts_upon(builder: MessageBuilder, key: RsaKey, valid: Valid) -> None:
    content = builder.build(ADA).content
    assert valid(b"Received: from relay.test\r\nFeedback-ID: 1:relay\r\n" + content, key.record)


def test_another_key_does_not_verify(builder: MessageBuilder, key: RsaKey | Ed25519Key, valid: Valid) -> None:
    other = make_key(isinstance(key, Ed25519Key))
    assert not valid(builder.build(ADA).content, other.record)


def test_every_attempt_has_the_same_bytes(issue: Issue, signer: DkimSigner) -> None:
    first, second = (
        MessageBuilder(issue, LinkSigner([KEY], "news.example.org"), KEY, signer).build(ADA) for _ in range(2)
    )
    assert first == second
    assert f"; t={int(AT.timestamp())};".encode() in first.content


def test_the_field_keeps_to_short_lines(builder: MessageBuilder) -> None:
    field, _, _ = builder.build(ADA).content.partition(b"\r\nTo: ")
    assert field.startswith(b"DKIM-Signature: v=1; ")
    assert max(map(len, field.split(b"\r\n"))) <= 78


def test_nothing_is_signed_unless_it_is_asked_for(issue: Issue, builder_of: Builder) -> None:
    assert dkim_signer(Settings(), AT) is None
    assert b"DKIM-Signature" not in builder_of(issue).build(ADA).content


def test_what_is_sent_is_signed_where_the_settings_ask_for_it(
    issue: Issue, key: RsaKey | Ed25519Key, tmp_path: Path, valid: Valid
) -> None:
    write_key(key, tmp_path / "dkim.pem")
    asked = Settings(
        secret_key=KEY, dkim_domain="example.org", dkim_selector="news2026", dkim_key_file=str(tmp_path / "dkim.pem")
    )
    assert valid(builder_of_settings(asked, issue).build(ADA).content, key.record)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"  "]), max_size=40).map(b"".join))
def test_bodies_are_canonicalised_as_the_standard_says(body: bytes) -> None:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    assert relaxed_body(body) == b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize("key", ["rsa"], indirect=True)  # opendkim verifies no Ed25519
def test_opendkim_agrees(builder: MessageBuilder, key: RsaKey, tmp_path: Path) -> None:
    name = "news2026._domainkey.example.org"
    for person in PEOPLE:
        content = builder.build(person).content
        assert "dkim=pass" in opendkim_says(tmp_path, content, name, key.record)
        assert "dkim=fail" in opendkim_says(tmp_path, content.replace(b"Dear", b"Bear"), name, key.record)


# The key file


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def test_a_key_is_the_same_after_writing_and_reading(tmp_path: Path, key: RsaKey | Ed25519Key) -> None:
    file = tmp_path / "dkim.pem"
    write_key(key, file)
    assert read_key(str(file)).record == key.record
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_never_overwrites_another(tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    file.write_text("precious")
    with pytest.raises(FileExistsError):
        write_key(make_key(ed25519_wanted=True), file)
    assert file.read_text() == "precious"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist: `newsletter doctor dkim-key` makes one"),
        (b"not a key", "holds no private key in PEM form"),
        (pem(rsa.generate_private_key(65537, 1024)), "an RSA key of 1024 bits. It must have 2048 to 4096"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
        (pem(rsa.generate_private_key(65537, 2048), b"words"), "locked with a passphrase"),
    ],
    ids=["missing", "nonsense", "short", "other kind", "locked"],
)
def test_a_key_file_that_cannot_be_used_says_what_to_do(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "dkim.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"^NEWSLETTER_DKIM_KEY_FILE names .*dkim\.pem") as caught:
        read_key(str(file))
    assert words in str(caught.value)
    assert "dkim-key` makes one" in str(caught.value)


def test_a_key_file_that_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: is a directory"):
        read_key(str(tmp_path))


@pytest.mark.parametrize("missing", ["dkim_domain", "dkim_selector", "dkim_key_file"])
def test_two_of_three_settings_are_an_error(missing: str) -> None:
    given = {"dkim_domain": "example.org", "dkim_selector": "news", "dkim_key_file": "dkim.pem"} | {missing: ""}
    with pytest.raises(SettingsError, match=f"NEWSLETTER_{missing.upper()} is not set"):
        dkim_signer(Settings(**given), AT)  # type: ignore[arg-type]


def test_a_key_shows_nothing_of_itself(key: RsaKey | Ed25519Key) -> None:
    assert repr(key) == f"{type(key).__name__}(algorithm={key.algorithm!r})"


def test_the_record_is_cut_into_strings_that_dns_can_hold() -> None:
    line = zone_line("news2026", "example.org", make_key().record)
    strings = re.findall(r'"([^"]*)"', line)
    assert line.startswith("news2026._domainkey.example.org. IN TXT ( ")
    assert [len(string) <= 255 for string in strings] == [True, True]
    assert "".join(strings).startswith("v=DKIM1; k=rsa; p=")
