"""Links that were made for one person, or that name one, are errors with their line."""

from pathlib import Path

from newsletter.check import examine
from newsletter.compiler import Furniture, Severity, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders

LINES = [
    (
        "[a](https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fs&data=x)",
        "error",
        "https://example.org/s",
    ),
    ("[b](https://protect-eu.mimecast.com/s/abc?domain=example.org)", "error", "Mimecast"),
    ("[c](https://example.org/u?email=ann%40example.org)", "error", "ann@example.org"),
    ("[d](https://example.org/s?mc_eid=abc)", "error", "https://example.org/s"),
    ("[e](https://example.org/s?fbclid=abc)", "warning", "https://example.org/s"),
    ("[f](mailto:ann@example.org)", "", ""),
    ("[g](https://social.example/@ann@other.example)", "", ""),
    ("[h](https://example.org/me?name={{first_name|friend}})", "", ""),
    ("[i](https://example.org/s?utm_source=mail)", "", ""),
]


def test_each_is_found_with_its_line(tmp_path: Path) -> None:
    for link, severity, words in LINES:
        path = tmp_path / "post.md"
        path.write_text(f"---\ntitle: Pond news\nmerge: true\n---\n\nWords of a post.\n\nHere it is: {link}\n")
        post = read_post(path)
        email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))
        found = [
            each
            for each in examine(post, email)
            if "one person" in each.message or "who clicked" in each.message or "every reader" in each.message
        ]
        assert [str(each.severity) for each in found] == ([severity] if severity else []), link
        assert all(each.line == 8 and words in each.message for each in found), link
        assert {each.severity for each in found} <= {Severity.ERROR, Severity.WARNING}
