"""Links that were made for one person: unwrapped where the target stands in them, else named."""

import base64
from collections.abc import Callable

from newsletter.sources import Draft
from newsletter.sources.redirectors import address_in, unwrapped

TARGET = "https://example.org/sign?a=1&b=2"
ENCODED = "https%3A%2F%2Fexample.org%2Fsign%3Fa%3D1%26b%3D2"
BASE64 = base64.urlsafe_b64encode(TARGET.encode()).decode().rstrip("=")
JSON = base64.urlsafe_b64encode(b'{"e":"' + TARGET.encode() + b'","r":"ann"}').decode().rstrip("=")

WITH_TARGET = [
    f"https://eur01.safelinks.protection.outlook.com/?url={ENCODED}&data=05%7C02%7Cann%40example.org&reserved=0",
    f"https://gcc02.safelinks.protection.outlook.com/ap/w-59584e83/?url={ENCODED}&data=x",
    f"https://usg02.safelinks.protection.office365.us/?url={ENCODED}&data=x",
    f"https://chn01.safelinks.protection.partner.outlook.cn/?url={ENCODED}&data=x",
    f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={ENCODED}&locale=en",
    f"https://www.google.com/url?q={ENCODED}&sa=D&source=editors&ust=1&usg=A",
    f"https://www.google.co.uk/url?sa=t&url={ENCODED}&ved=2",
    f"https://urldefense.proofpoint.com/v1/url?u={ENCODED}&k=abc",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__example.org_sign-3Fa-3D1-26b-3D2&d=x&r=y",
    "https://urldefense.com/v3/__https://example.org/sign?a=1&b=2__;!!Abc!xyz$",
    "https://urldefense.us/v3/__https:/example.org/sign*a=1&b=2__;Pw!!Abc!xyz$",
    f"https://linkprotect.cudasvc.com/url?a={ENCODED}&c=E,1,x&typo=1",
    f"https://protect-us.mimecast.com/s/abc?domain=example.org&url={ENCODED}",
    f"https://secure-web.cisco.com/1abc/{ENCODED}",
    f"https://eu-west-1.protection.sophos.com?d=example.org&u={BASE64}&i=x",
    "https://url.avanan.click/v2/___https://example.org/sign?a=1&b=2___.YXAzOm",
    f"https://scanmail.trustwave.com/?c=1&d=x&u={ENCODED}",
    f"https://clicktime.symantec.com/3abc?u={ENCODED}",
    f"https://l.facebook.com/l.php?u={ENCODED}%26fbclid%3DIwAR&h=AT0",
    f"https://slack-redir.net/link?url={ENCODED}",
    f"https://substack.com/redirect/2/{JSON}",
    f"https://click.convertkit-mail2.com/abc/def/{BASE64}",
    f"https://click.example.com/track?url={ENCODED}&rid=42",
    # one wrapper in another
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D"
    + ENCODED.replace("%", "%25")
    + "&data=x",
]
WITHOUT = [
    "https://protect-eu.mimecast.com/s/abcDEF?domain=example.org",
    "https://example.us1.list-manage.com/track/click?u=abc&id=1&e=2",
    "https://substack.com/redirect/0a1b2c3d-aaaa-bbbb-cccc-000000000000?j=eyJ1IjoiYSJ9",
    "https://u1234567.ct.sendgrid.net/ls/click?upn=abc",
    "https://links.example.org/ls/click?upn=abc",
    "https://news.example.org/r/abcdef12?m=0f8fad5b-d9cb-469f-a165-70867728950e",
    "https://example.org/civicrm/mailing/url?u=12&qid=345",
    "https://url.emailprotection.link/?babc",
    "https://list.example.org/link/0f8fad5b-d9cb-469f-a165-70867728950e/0f8fad5b-d9cb-469f-a165-70867728950e/x",
    "https://example.org/lists/lt.php?tid=abc",
]
HARMLESS = [
    "https://example.org/sign?a=1&utm_source=mail",
    "https://example.org/r/pond",
    "https://example.org/link/pond",
    "https://links.example.org/what-we-did-in-2026-and-why",
    "https://example.org/login?redirect=https%3A%2F%2Fexample.org%2Fa",
    "https://www.google.com/search?q=ponds",
    "https://example.org/?q=1",
]


def test_what_stands_in_a_redirector_is_taken_out() -> None:
    assert [(link, found) for link in WITH_TARGET if (found := unwrapped(link).address) != TARGET] == []


def test_one_that_hides_its_target_is_somebodys_own() -> None:
    assert [link for link in WITHOUT if not unwrapped(link).is_personal] == []


def test_any_other_address_stays_letter_by_letter() -> None:
    assert [link for link in HARMLESS if unwrapped(link).address != link or unwrapped(link).is_personal] == []


def test_marks_of_who_clicked_go_and_all_else_stays() -> None:
    assert (
        unwrapped("https://example.org/s?mc_cid=1&mc_eid=abc&a=%20b").address == "https://example.org/s?mc_cid=1&a=%20b"
    )


def test_an_address_in_a_link_is_found_and_handles_files_and_lists_are_none() -> None:
    found = [
        "https://example.org/u?email=ann%40example.org",
        "https://example.org/?q=ann%2540example.org",
        "https://example.org/unsubscribe/ann@example.org/1",
        "https://example.org/#ann@example.org",
        f"https://example.org/?e={base64.b64encode(b'ann@example.org').decode()}",
        "https://ann@example.org/",
    ]
    assert [address_in(link) for link in found] == ["ann@example.org"] * len(found)
    for link in (
        "https://social.example/@ann@other.example",
        "https://example.org/pond@" + "2x.png",
        "https://www.google.com/maps/@51.5,-3.2,15z",
        "https://lists.example.org/archives/list/news@lists.example.org/",
        "https://cdn.example/react@" + "18.2.0/umd.js",
        "mailto:ann@example.org",
        "https://[broken",
    ):
        assert address_in(link) == "", link


def test_no_source_lets_a_redirector_through(add: Callable[..., Draft]) -> None:
    link, lost = WITH_TARGET[0], WITHOUT[0]
    html = f"<p>Words and <a href='{link.replace('&', '&amp;')}'>a link</a>, <a href='{lost}'>lost</a></p>"
    mail = f"Subject: T\nMIME-Version: 1.0\nContent-Type: text/html\n\n{html}"
    for name, content in {
        "a.html": f"<html><body><article>{html}</article></body></html>",
        "b.html": html,
        "c.md": f"# T\n\nWords and [a link]({link}), [lost]({lost})\n",
        "d.txt": f"Title\n\nWords of a text and {link} and {lost} here.\n",
        "e.eml": mail,
    }.items():
        draft = add(content, name)
        assert "safelinks" not in draft.body, name
        assert "example.org/sign" in draft.body, name
        assert [need for need in draft.needs if "Mimecast" in need.remedy], name
