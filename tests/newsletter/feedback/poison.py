"""Mails that break readers: each by a name that says what is wrong with it. All of them are about no real person."""

from collections.abc import Iterator

ADDRESS_FIELDS = [
    "From",
    "To",
    "Cc",
    "Delivered-To",
    "X-Original-To",
    "Return-Path",
    "Reply-To",
    "Sender",
    "Resent-To",
    "Received",
    "X-Failed-Recipients",
    "Message-ID",
]
ENCODINGS = (
    *[
        "idna",
        "punycode",
        "rot13",
        "undefined",
        "hex",
        "zlib",
        "base64",
        "unicode_escape",
        "raw_unicode_escape",
        "mbcs",
        "utf-7",
        "utf-16",
        "utf-32",
    ],
    *("no such thing", "../x", "\x00", "x" * 5000, "string-escape", "uu", "quopri"),
)
DATES = (
    "Fri, 31 Dec 99999 23:59:59 +0000",
    "Mon, 1 Jan 0000 00:00:00 +9999",
    "Tue, 99 Foo 2026 99:99:99 -99999999",
    f"Mon, {'9' * 5000} Jan 2026 00:00:00 +0000",
    f"Mon, 1 Jan {'9' * 5000} 00:00:00 +{'9' * 5000}",
    "\ud800",
    ",",
    "",
)


def mails(
    address: str = "bounces@example.org", original: bytes = b"To: x@example.org\r\n\r\nx"
) -> Iterator[tuple[str, bytes]]:
    """Give each by its name. `address`: where they came to; `original`: a mail of ours, for those that carry one."""
    head = f"To: {address}\r\nFrom: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail\r\n".encode()
    for name in ADDRESS_FIELDS:
        yield f"brackets in {name}", f"{name}: {'<' * 990}\r\n".encode() + head + b"\r\n550 5.1.1 unknown user\r\n"
        yield f"parentheses in {name}", f"{name}: {'(' * 990}\r\n".encode() + head + b"\r\n550 5.1.1 unknown user\r\n"
    for name, part in (
        ("brackets", "<"),
        ("closed brackets", "<>"),
        ("addresses", "<a@b>"),
        ("names", "a@"),
        ("quotes", '"'),
    ):
        yield f"a hundred thousand {name}", f"From: {part * 100_000}\r\n".encode() + head + b"\r\n550 5.1.1 unknown\r\n"
    yield (
        "a carrier that repeats itself",
        b"Your mail sent on: x\r\n" * 1000 + head + b"\r\nYour mail sent on:\n" * 9000,
    )
    yield "nothing but links", head + b"\r\n550 5.1.1 " + b"see http://x.example.net/ " * 20_000
    yield "answers to answers", f"Subject: {'re: ' * 50_000}\r\n".encode() + head + b"\r\n550 5.1.1 unknown\r\n"
    for word in ENCODINGS:
        yield (
            f"charset {word[:20]!r}",
            head + _typed(f'text/plain; charset="{word}"') + b"\r\n550 5.1.1 \xff\xfe\x80\r\n",
        )
        yield f"extended charset {word[:20]!r}", head + _typed(f"text/plain; charset*={word}''%ff%80") + b"\r\nx\r\n"
        yield f"boundary in {word[:20]!r}", head + _typed(f"multipart/mixed; boundary*={word}''%ff%80") + b"\r\nx\r\n"
        yield (
            f"word in {word[:20]!r}",
            f"Subject: =?{word}?B?/////w==?= =?{word}?Q?=ff=80?=\r\n".encode("utf-8", "replace") + head + b"\r\n",
        )
        yield f"encoding {word[:20]!r}", head + f"Content-Transfer-Encoding: {word}\r\n".encode() + b"\r\n\x00\xff\r\n"
    for number, date in enumerate(DATES):
        yield (
            f"date {number}",
            f"Date: {date}\r\n".encode("utf-8", "surrogatepass") + head + _report("5.1.1", "550 no", original),
        )
    yield "multipart in multipart", head + _nested(1000)
    yield "mail in mail", head + _chain(1000)
    yield "broken base64", head + _typed("text/plain") + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A===" * 5000
    yield "nothing", b""
    yield "only NULs", b"\0" * 10_000
    yield "a head without end", head + b"X-A: " + b"x" * 3_000_000
    yield "a hundred thousand fields", head + b"X-A: b\r\n" * 100_000
    yield "lone carriage returns", head.replace(b"\r\n", b"\r") + b"\r\r550 5.1.1 unknown"
    yield "a notice of a thousand levels", head + b"\r\n" + b'{"a":' * 100_000
    yield (
        "a notice with a long number",
        head + b'\r\n{"bounce": {"bouncedRecipients": [{"status": ' + b"9" * 5000 + b"}]}}",
    )
    for status in (
        "5." + "9" * 5000,
        "5.1.1\0",
        "\x00" * 13,
        "5.1.1 (much is said here about it)",
        "\ud800" * 13,
        "9" * 5000,
    ):
        yield f"status {status[:8]!r}", head + _report(status, f"550 {status} no", original)
    yield "NULs in the words", head + _report("5.1.1", "550 \0\0 \ud800 no such user", original, "mx\0.example.net")
    yield "a long server", head + _report("5.1.1", "550 no", original, "x" * 5000)
    for kind in ("x" * 5000, "abuse\0", "\ud800", ""):
        yield f"complaint {kind[:8]!r}", head + _complaint(kind, original)


def _typed(kind: str) -> bytes:
    return f"Content-Type: {kind}\r\n".encode("utf-8", "replace")


def _report(status: str, diagnostic: str, original: bytes, server: str = "mx.example.net") -> bytes:
    about = f"Action: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
    words = f"Reporting-MTA: dns; {server}\r\n\r\nFinal-Recipient: rfc822; x@example.net\r\n{about}"
    return _parts("delivery-status", "message/delivery-status", words.encode("utf-8", "surrogatepass"), original)


def _complaint(kind: str, original: bytes) -> bytes:
    words = f"Feedback-Type: {kind}\r\nUser-Agent: x\r\nVersion: 1\r\n".encode("utf-8", "surrogatepass")
    return _parts("feedback-report", "message/feedback-report", words, original)


def _parts(report: str, kind: str, words: bytes, original: bytes) -> bytes:
    top = f'Content-Type: multipart/report; report-type={report}; boundary="cut"\r\n\r\n--cut\r\n'
    start = f"{top}Content-Type: {kind}\r\n\r\n".encode() + words
    return start + b"\r\n--cut\r\nContent-Type: message/rfc822\r\n\r\n" + original + b"\r\n--cut--\r\n"


def _nested(depth: int) -> bytes:
    heads = [f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)]
    return "".join(heads).encode() + b"\r\n550 5.1.1 unknown user\r\n"


def _chain(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"550 5.1.1 unknown user\r\n"
