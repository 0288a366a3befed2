"""Saved mails: headers decide, pictures come along, quoted mails and signatures are left out and named."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import base64
from collections.abc import Callable
from datetime import date

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Draft

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HEAD = "From: Ann <ann@example.org>\nSubject: {subject}\nDate: Tue, 03 Mar 2026 10:00:00 +0000\nMIME-Version: 1.0\n"


def mail(body: str, kind: str = "text/plain; charset=utf-8", subject: str = "Pond news", more: str = "") -> str:
    return f"{HEAD.format(subject=subject)}{more}Content-Type: {kind}\n\n{body}"


def left(draft: Draft) -> dict[str, str]:
    return {each.what: each.words for each in draft.dropped}


def test_headers_decide_before_tags_do(add: Callable[..., Draft]) -> None:
    html = '<html><body><p>Caf=C3=A9 and <a href=3D"https://examp=\nle.org/s">survey</a></p></body></html>'
    for shape in ("{}", "\n{}", "From x Tue Mar  3 10:00:00 2026\n{}"):
        for lower in (False, True):
            text = mail(html, "text/html; charset=utf-8", more="Content-Transfer-Encoding: quoted-printable\n")
            text = text.replace("From: ", "from: ").replace("Subject: ", "subject: ") if lower else text
            draft = add(shape.format(text).replace("\n", "\r\n"), "m.eml")
            assert (draft.kind, draft.title, draft.author, draft.date) == (
                "saved mail",
                "Pond news",
                "Ann",
                date(2026, 3, 3),
            )
            assert draft.body == "Café and [survey](https://example.org/s)\n"


def test_pictures_come_along_and_attachments_are_named(add: Callable[..., Draft]) -> None:
    body = (
        "--m\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative; boundary=a\n\n"
        "--a\nContent-Type: text/plain\n\nshort\n--a\nContent-Type: text/html; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\n"
        '<p>Caf=E9 <img src=3D"cid:one@x" alt=3D"The pond"></p>\n--a--\n--r\nContent-Type: image/png\nContent-ID: <one@x>\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(PNG).decode()}\n--r--\n"
        '--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="plan.pdf"\n\nx\n--m--\n'
    )
    draft = add(mail(body, "multipart/mixed; boundary=m"), "m.eml")
    [picture] = draft.enclosures
    assert picture.content == PNG
    assert draft.body == f"Café ![The pond]({picture.name})\n"
    assert left(draft) == {"attachment": "plan.pdf"}
    assert [need.words for need in draft.needs] == ["plan.pdf"]


def test_a_charset_of_seven_bits_and_an_unknown_one_are_read(add: Callable[..., Draft]) -> None:
    coded = "池のニュース".encode("iso-2022-jp")
    text = mail("", "text/plain; charset=iso-2022-jp").encode() + coded
    assert add(text, "m.eml").body == "池のニュース\n"
    assert add(mail("Words of a mail.", "text/plain; charset=x-unknown"), "m.eml").body == "Words of a mail.\n"


REPLIES = {
    "a reply": "Our words.\n\nOn Tue, 3 Mar 2026 at 10:00, Ben\n<ben@example.org> wrote:\n> SECRET\n> more\n",
    "a header": "Our words.\n\n________________________________\nVon: Ben\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Ann\nBetreff: SECRET\n\nSECRET\n",
    "an original": "Our words.\n\n-----Original Message-----\nSECRET\n",
    "an answer below": "On Tue, 3 Mar 2026 at 10:00, Ben <ben@example.org> wrote:\n> SECRET\n\nOur words.\n",
}
PAGES = {
    "gmail": "<div>Our words.</div><div class='gmail_quote'><div class='gmail_attr'>On Tue, 3 Mar 2026 Ben wrote:</div><blockquote>SECRET</blockquote></div>",
    "apple": "<div>Our words.</div><blockquote type='cite'>SECRET</blockquote>",
    "outlook": "<p>Our words.</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> Ben<br><b>Sent:</b> x</div><div>SECRET</div>",
    "a border": "<p>Our words.</p><div style='border-top:solid #E1E1E1 1.0pt'><p><b>De :</b> Ben<br><b>Envoyé :</b> mardi<br><b>À :</b> Ann<br><b>Objet :</b> SECRET</p></div><p>SECRET</p>",
    "words alone": "<p>Our words.</p><p>Am 3. März 2026 um 10:00 schrieb Ben &lt;ben@example.org&gt;:</p><p>SECRET</p>",
}


@pytest.mark.parametrize(("bodies", "kind"), [(REPLIES, "text/plain"), (PAGES, "text/html")])
def test_a_quoted_mail_is_left_out_and_named(bodies: dict[str, str], kind: str, add: Callable[..., Draft]) -> None:
    for name, body in bodies.items():
        draft = add(mail(body, f"{kind}; charset=utf-8", "Re: [list] Pond news"), "m.eml")
        assert (name, draft.title, draft.body) == (name, "Pond news", "Our words.\n")
        assert "SECRET" in left(draft)["quoted mail"], name


def test_signatures_and_footers_are_left_out_and_named(add: Callable[..., Draft]) -> None:
    text = add(mail("Our words.\n\nSent from my iPhone\n\n-- \nAnn Rees\n+44 7700 900123\n"), "m.eml")
    assert text.body == "Our words.\n"
    assert {each.what for each in text.dropped} == {"signature", "footer of the mail"}
    page = "<p>Our words.</p><p>Unsubscribe from this list</p><div class='gmail_signature'>Ann Rees, Chair</div><p>Enviado desde mi iPhone</p>"
    draft = add(mail(page, "text/html; charset=utf-8"), "m.eml")
    assert draft.body == "Our words.\n"
    assert {each.words for each in draft.dropped} == {
        "Unsubscribe from this list",
        "Ann Rees, Chair",
        "Enviado desde mi iPhone",
    }


def test_what_was_forwarded_with_few_words_is_the_post_and_asks_for_leave(add: Callable[..., Draft]) -> None:
    above = "---------- Forwarded message ---------"
    page = f"<div>FYI<br><div class='gmail_quote'><div class='gmail_attr'>{above}<br>From: <b>Ben</b> &lt;b@example.org&gt;<br>Subject: Pond</div><p>Their words.</p></div></div>"
    text = f"FYI\n\n{above}\nFrom: Ben <b@example.org>\nSubject: Pond\n\nTheir words.\n"
    assert add(mail(text), "m.eml").body == "Their words.\n"
    draft = add(mail(page, "text/html", "Fwd: Pond"), "m.eml")
    assert (draft.title, draft.body) == ("Pond", "Their words.\n")
    assert [need.what for need in draft.needs] == ["forwarded mail"]


def test_a_mail_that_only_carries_another_stands_for_that(add: Callable[..., Draft]) -> None:
    inner = mail("Their words.", subject="Inner")
    body = f"--m\nContent-Type: text/plain\n\n\n--m\nContent-Type: message/rfc822\n\n{inner}\n--m--\n"
    assert add(mail(body, "multipart/mixed; boundary=m"), "m.eml").title == "Inner"


def test_a_mail_that_cannot_be_read_says_what_it_is(add: Callable[..., Draft]) -> None:
    for kind, why in (
        ("application/pkcs7-mime", "is encrypted"),
        ("multipart/encrypted; boundary=m", "is encrypted"),
        ("text/plain", "without words"),
    ):
        with pytest.raises(SourceError, match=why):
            add(mail("", kind), "m.eml")


def test_lines_that_flow_are_joined(add: Callable[..., Draft]) -> None:
    draft = add(mail("One line that \ngoes on. \n\nNext.\n", "text/plain; format=flowed"), "m.eml")
    assert draft.body == "One line that goes on.\n\nNext.\n"


def test_a_telephone_number_in_a_mail_is_asked_about(add: Callable[..., Draft]) -> None:
    for number in ("07700 900123", "+44 7700 900 123", "(01632) 960 001", "030 23125 001"):
        (need,) = add(mail(f"Come on Sunday.\n\nKind regards\nAnn\nMobile: {number}\n", "text/plain"), "m.eml").needs
        assert (need.what, need.words) == ("telephone number", number)
    for words in (
        "3 March 2026, 10:30",
        "1,200 trees in 2026",
        "https://example.org/07700/900123/4",
        "2026-03-03",
        "03.03.2026 10:00",
        "DE89 3704 0044 0532 0130 00",
    ):
        assert add(mail(f"Come on Sunday: {words}\n", "text/plain"), "m.eml").needs == (), words
