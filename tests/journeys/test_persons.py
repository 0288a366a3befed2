"""One person at a time, and parts of the list, from the command line."""

import json
from typing import Any

PEOPLE = "email,first_name,tags,town\nada@example.org,Ada,volunteer,Cardiff\nben@example.org,Ben,,Bangor\n"


def test_a_person_is_shown_explained_and_erased(ready: Any) -> None:
    assert ready.types("send", "post.md", "--yes", "--folder", "mails").code == 0
    held = json.loads(ready.types("subscribers", "show", "Ada@Example.org", "--json").out)
    assert held["subscriber"]["first_name"] == "Ada"
    assert [issue["state"] for issue in held["issues"]] == ["accepted"]
    assert "accepted by the relay" in ready.types("why", "ada@example.org").out
    erased = ready.types("subscribers", "erase", "ada@example.org")
    assert (erased.code, erased.err) == (0, "")
    assert "ada@example.org is erased" in erased.out
    assert "ada@example.org" not in ready.types("subscribers", "export").out
    again = ready.types("subscribers", "import", "people.csv", "--json")
    assert json.loads(again.out)["suppressed"] == 1
    assert "was erased" in ready.types("why", "ada@example.org").out
    assert b"ada@example.org" not in ready.files()["newsletter.db"]
    assert ready.types("report", "1").code == 0
    stranger = ready.types("why", "nobody@example.org")
    assert (stranger.code, len(stranger.errors)) == (1, 1)


def test_a_post_goes_to_a_segment_and_then_to_the_rest(ready: Any) -> None:
    ready.writes("people.csv", PEOPLE)
    ready.types("subscribers", "import", "people.csv")
    assert ready.types("segments", "add", "helpers", "tag:volunteer and not field:town=Bangor").code == 0
    assert "helpers" in ready.types("segments", "list").out
    assert ready.types("segments", "show", "helpers").out == "ada@example.org\n"
    first = ready.types("send", "post.md", "--segment", "helpers", "--yes", "--json", "--folder", "a")
    assert (first.code, json.loads(first.out)["candidates"]) == (0, 1)
    assert "tag:volunteer" in first.err
    assert ready.types("send", "post.md", "--segment", "helpers", "--yes", "--folder", "a").code == 5
    rest = json.loads(ready.types("send", "post.md", "--yes", "--json", "--folder", "b").out)
    assert (rest["candidates"], rest["accepted"], rest["excluded_by_reason"]) == (2, 1, {"had it already": 1})
    assert ready.types("segments", "remove", "helpers").code == 0
    unknown = ready.types("send", "post.md", "--segment", "helpers", "--yes", "--folder", "c")
    assert (unknown.code, len(unknown.errors)) == (1, 1)


def test_a_mistake_in_an_expression_is_pointed_at(ready: Any) -> None:
    wrong = ready.types("segments", "add", "x", "tag:a andd tag:b")
    assert wrong.code == 2
    assert "column 7" in wrong.err
