"""From whatever an organiser has to a post that is fit to be sent: post add, post list, post show, check."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journeys.conftest import Organiser
else:
    Organiser = Any

PASTE = "Spring news\n\nWe won. [Follow this link to read the letter.]\n\nLeave a reply\n\nConnecting to %s\n"


def test_a_paste_becomes_a_post_with_a_report_and_is_checked(organiser: Organiser) -> None:
    (organiser.folder / "paste.txt").write_text(PASTE)
    added = organiser.types("post", "add", "paste.txt", "--json")
    assert added.code == 0, added.err
    report = json.loads(added.out)
    assert report["kind"] == "pasted text"
    assert report["dropped"] == ["Leave a reply", "Connecting to %s"]
    assert [need["what"] for need in report["needs"]] == ["link"]

    checked = organiser.types("check", report["file"], "--offline", "--json")
    assert checked.code == 0, checked.err
    assert "not tried" in checked.err
    findings = [json.loads(line) for line in checked.out.splitlines()]
    label = next(finding for finding in findings if "looks like a link without an address" in finding["message"])
    assert (label["severity"], label["line"]) == ("warning", 5)
    assert organiser.types("check", report["file"], "--offline", "--strict").code == 5

    listed = organiser.types("post", "list")
    assert "Spring news" in listed.out
    shown = organiser.types("post", "show", report["file"])
    assert "We won." in shown.out


def test_what_check_calls_an_error_send_refuses(organiser: Organiser) -> None:
    post = organiser.folder / "bad.md"
    post.write_text("---\ntitle: Good news\n---\n\n[the plan](#)\n")
    checked = organiser.types("check", "bad.md", "--offline")
    sent = organiser.types("send", "bad.md", "--yes")
    assert (checked.code, sent.code) == (5, 5), sent.err
    assert "bad.md\n  " in checked.out
    assert "  5  error " in checked.out
    assert "no address yet" in sent.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("post", "add", "no.docx"), 1, "there is no such file"),
        (("post", "add", "http://127.0.0.1:9/"), 1, "no address of the public web"),
        (("post", "add", "photo.jpg"), 1, "is a picture"),
        (("check", "no.md"), 1, "there is no such file"),
        (("check", "tag.md", "--offline"), 5, "has 1 error"),
    ],
)
def test_bad_input_gets_one_line(organiser: Organiser, words: tuple[str, ...], code: int, said: str) -> None:
    (organiser.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    (organiser.folder / "tag.md").write_text("---\ntitle: T\nmerge: true\n---\n\nDear {{nobody}}\n")
    organiser.types("db", "upgrade")
    ended = organiser.types(*words)
    assert ended.code == code, ended.err
    assert len(ended.errors) == 1
    assert said in ended.errors[0]
    assert "Traceback" not in ended.err


@pytest.mark.thorough
def test_one_post_that_cannot_be_read_keeps_none_of_the_others_from_the_list(organiser: Organiser) -> None:
    heads = {
        "brackets": "title: " + "[" * 5000,
        "digits": "title: x\nnumber: " + "9" * 6000,
        "year": "title: x\ndate: 99999-01-01",
        "alias": "a: &a [*a]\ntitle: *a",
        "key": "title: {{a}}\n? [x]\n: y",
        "half": 'title: "\\ud800"',
        "day": "title: x\ndate: 0000-00-00T00:00:00Z",
    }
    for name, head in heads.items():
        organiser.writes(f"posts/{name}.md", f"---\n{head}\n---\nx\n")
    organiser.writes("posts/good.md", "---\ntitle: Good\n---\nx\n")
    (organiser.folder / "posts" / "folder.md").mkdir()
    (organiser.folder / "posts" / "gone.md").symlink_to("nowhere")
    listed = organiser.types("post", "list", "--json")
    assert listed.code == 0, listed.err
    titles = {Path(row["file"]).stem: row["title"] for row in map(json.loads, listed.out.splitlines())}
    assert titles.keys() == {*heads, "good", "folder", "gone"}
    assert titles["good"] == "Good"
    assert all("cannot be read" in titles[name] for name in ("brackets", "folder", "gone"))
    assert "Traceback" not in organiser.types("post", "show", "posts/brackets.md").err
