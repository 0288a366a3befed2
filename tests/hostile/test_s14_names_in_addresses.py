"""S14: a person's name stays a value in a web address too, and never changes where a link leads."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from newsletter.compiler import CompiledEmail, Furniture, Severity, compile_post
from newsletter.issue import letterhead
from newsletter.merge import MergeTag, fill, split
from newsletter.message import Recipient
from newsletter.post import read_post
from newsletter.preview import builder, unfrozen
from newsletter.theme import template_folders
from tests.public_pages import SETTINGS

HOSTILE = [
    "a&admin=1", "a#b", "a?b=c", "a/../../b", "..", ".", "../..", "a b", "a+b", 'a"onclick="alert(1)', "a'><script>",
    "javascript:alert(1)", "@evil.example", "//evil.example", "\\\\evil.example", "a%2f..%2fb", "%00", "a\tb", "a\nb",
    "a\r\nBcc: evil@example.net", "{{email}}", "\ue000email\ue001", "\ue000%email\ue001", "Siân ŵ 😀", "a;b=c",
    "\ud800",
]  # fmt: skip
BODY = (
    "[search](https://example.org/search?q={{first_name}}&page=2#{{first_name}})\n\n"
    "[path](https://example.org/people/{{first_name}}/story)\n\n"
    "[write](mailto:gwen@example.org?subject={{first_name|hello%20you}})\n\n"
    "[leave]({{unsubscribe_url}}?from={{first_name}})\n\n"
    "![card](https://example.org/card/{{first_name}}.png)\n"
)


def compiled(folder: Path, body: str) -> CompiledEmail:
    file = folder / "post.md"
    file.write_text(f"---\ntitle: T\nmerge: true\nbase_url: https://example.org/\n---\n{body}", encoding="utf-8")
    return compile_post(read_post(file), Furniture("Us", "1 Example Street"), template_folders(None), ("town",))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_within_the_part_of_the_address_it_was_put_into(name: str, tmp_path: Path) -> None:
    email = compiled(tmp_path, BODY)
    values = {"first_name": name, "unsubscribe_url": "https://news.example.org/u/1"}
    root = document_fromstring(fill(email.html, values, lambda text: text.replace("&", "&amp;").replace('"', "&quot;")))
    links = {str(each.text_content()): str(each.get("href")) for each in root.iter("a")}  # type: ignore[attr-defined]
    search = urlsplit(links["search"])
    said = "" if not name.strip(".") else name.encode("utf-8", "replace").decode()
    assert (search.hostname, search.path) == ("example.org", "/search")
    assert parse_qs(search.query, keep_blank_values=True) == {"q": [said], "page": ["2"]}
    assert unquote(search.fragment) == said
    assert urlsplit(links["path"]).hostname == "example.org"
    assert links["path"].count("/") == 5
    assert urlsplit(links["path"]).path.split("/")[2] not in (".", "..")
    assert links["write"].startswith("mailto:gwen@example.org?subject=")
    assert links["write"].count("&") == 0
    assert links["leave"].startswith("https://news.example.org/u/1?from=")
    (image,) = (str(each.get("src")) for each in root.iter("img"))
    assert image.startswith("https://example.org/card/")
    assert image.count("/") == 4
    for part in (links["search"], links["path"], links["write"]):
        assert part.removeprefix("mailto:") in fill(email.text, values)


def test_a_real_message_holds_the_same_addresses(tmp_path: Path, noon: datetime) -> None:
    email = compiled(tmp_path, BODY)
    head = letterhead(replace(SETTINGS, base_url="https://news.example.org"), "0" * 32)
    issue = unfrozen(read_post(tmp_path / "post.md"), email, head, noon)
    built = builder(issue, [SETTINGS.secret_key]).build(Recipient(1, 1, "ada@example.org", "Ada & Co/../x", ""))
    html = message_from_bytes(built.content, policy=policy.default).get_body(("html",))
    assert html is not None
    content = str(html.get_content())
    assert "q=Ada%20%26%20Co%2F..%2Fx&amp;page=2" in content
    assert "/people/Ada%20%26%20Co%2F..%2Fx/story" in content


@pytest.mark.parametrize(
    "address",
    ["https://{{first_name}}/a", "https://{{town}}.example.org/", "//{{town}}/a"],
)
@pytest.mark.parametrize("how", ["[words]({})", "![words]({})"])
def test_a_name_never_says_which_host_a_link_leads_to(address: str, how: str, tmp_path: Path) -> None:
    email = compiled(tmp_path, how.format(address))
    (error,) = (each for each in email.findings if each.severity is Severity.ERROR)
    assert "names its host" in error.message
    assert error.line == 6


def test_a_name_does_not_choose_a_file_beside_the_post(tmp_path: Path) -> None:
    (tmp_path / "Ada.pdf").write_bytes(b"%PDF-1.4")
    email = compiled(tmp_path, "[yours]({{first_name}}.pdf) [theirs](letters/{{first_name}}.pdf)")
    assert not email.published
    assert "https://example.org/letters/\ue000%first_name\ue001.pdf" in email.html


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_was_quoted_for_an_address_comes_back(name: str) -> None:
    filled = fill(str(MergeTag("first_name", "", in_address=True)), {"first_name": name})
    assert unquote(filled) == (name if name.strip(".") else "")
    assert filled.isascii()
    assert split(filled) == ([filled] if filled else [])
