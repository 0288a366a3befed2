"""One person at a time, and parts of the list, from the command line."""

import json
from typing import Any

PEOPLE = "email,first_name,tags,town\nada@example.org,Ada,volunteer,Cardiff\nben@example.org,Ben,,Bangor\n"


def test_a_person_is_shown_explained_and_erased(ready: Any) -> None:
    assert ready.types("send", "post.md", "--yes", "--folder", "mails").code == 0
    held = json.loads(ready.types("subscribers", "show", "Ada@Example.org", "--json").out)
    assert held["subscriber"]["first_name"] == "Ada"
    assert [issue["state"] for issue in held["issues"]] == ["accepted"]
    assert "sent: your mail server took it" in ready.types("why", "ada@example.org").out
    traced = json.loads(ready.types("why", "Ada@Example.org", "--trace", "--json").out)
    events = [event["event"] for event in traced["deliveries"][0]["events"]]
    assert (traced["email"], events) == ("ada@example.org", ["frozen", "claimed", "dot", "result"])
    printed = ready.types("why", "ada@example.org", "--trace").out
    assert "result      accepted" in printed
    assert traced["deliveries"][0]["message_id"] in printed
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
    assert ready.types("why", "nobody@example.org", "--trace").code == 1
    assert ready.types("why", "ada@example.org", "--trace").code == 1  # erased: nothing of theirs can be traced


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
    assert "character 7" in wrong.err


def test_people_are_added_tagged_changed_and_written_out_by_hand(ready: Any) -> None:
    ready.writes("people.csv", PEOPLE)
    ready.types("subscribers", "import", "people.csv", "--tag", "2026")
    words = ("--consent", "Yes, at the fair", "--first-name", "Eve", "--field", "town=Bala", "--tag", "fair")
    assert ready.types("subscribers", "add", "Eve@Example.org", *words).code == 0
    assert ready.types("subscribers", "add", "fay@example.org").code == 2
    ready.types("subscribers", "unsubscribe", "ben@example.org")
    refused = ready.types("subscribers", "add", "ben@example.org", "--consent", "Yes")
    assert (refused.code, len(refused.errors)) == (5, 1)
    assert ready.types("subscribers", "tag", "helper", "eve@example.org").code == 0
    assert ready.types("subscribers", "tag", "local", "--segment", "field:town=Bala").code == 0
    assert ready.types("subscribers", "tag", "x", "nobody@example.org").code == 1
    assert ready.types("subscribers", "tag", "x").code == 2
    assert ready.types("subscribers", "set", "eve@example.org", "--field", "town=", "--language", "cy").code == 0
    assert ready.types("subscribers", "untag", "fair", "eve@example.org").code == 0
    assert json.loads(ready.types("subscribers", "tags", "--json").out)["2026"] == 2
    assert (
        ready.types("subscribers", "list", "--segment", "tag:helper").out
        == "confirmed  eve@example.org  helper, local\n"
    )
    assert (
        ready.types("subscribers", "export", "--segment", "tag:helper")
        .out.splitlines()[1]
        .startswith("eve@example.org,Eve")
    )
    held = json.loads(ready.types("subscribers", "export", "--address", "EVE@example.org").out)
    assert (held["subscriber"]["fields"], held["consents"][0]["wording"]) == ({}, "Yes, at the fair")
    ready.writes("stops.csv", "email,reason\neve@example.org,hard bounce\n")
    assert "1 added to your do-not-email list" in ready.types("suppress", "import", "stops.csv").out
    left_out = ready.types("send", "post.md", "--dry-run", "--json", "--segment", "tag:helper or tag:volunteer")
    assert json.loads(left_out.out)["excluded_by_reason"] == {"suppressed": 1}


def test_the_report_of_an_import_names_every_line(ready: Any) -> None:
    ready.writes(
        "people.csv", "email,status\nada@example.org,subscribed\nben@example.org,=cmd\ncleo@example.org,cleaned\n"
    )
    ended = ready.types("subscribers", "import", "people.csv", "--report", "report.csv")
    assert (ended.code, ended.out[:17]) == (0, "3 rows: 0 added, ")
    lines = (ready.folder / "report.csv").read_text().splitlines()
    assert lines[0] == "line,address,outcome,why,more"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["2", "ada@example.org", "unchanged"],
        ["3", "ben@example.org", "rejected"],
        ["4", "cleo@example.org", "suppressed"],
    ]
    assert (ready.folder / "report.csv").stat().st_mode & 0o077 == 0
    assert "do not email  1" in ended.err
