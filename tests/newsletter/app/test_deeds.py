"""Deeds: what people did is written down with the act, in a chain in which no row can be changed unseen."""

import io
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from newsletter.app import by_hand, imports, person, segments, send, steer, suppressions
from newsletter.app import deeds as app
from newsletter.app.list_folder import ListFolder
from newsletter.database import deeds
from newsletter.database.deeds import START, ChainHead
from newsletter.database.engine import open_database, reading, writing
from newsletter.errors import ActionRefused, DatabaseError
from newsletter.runtime.clock import now
from tests.newsletter.app.conftest import Caller


def head_of(engine: Engine) -> ChainHead:
    with reading(engine) as connection:
        return deeds.chain_head(connection)


def broken(engine: Engine, *kept: ChainHead) -> str:
    with reading(engine) as connection:
        return deeds.broken_at(connection, kept)


def five(engine: Engine) -> list[ChainHead]:
    heads = []
    for number in range(5):
        with writing(engine) as connection:
            heads.append(deeds.record(connection, "mill/ada", "pause", f"issue {number}", now(), {"why": "rain"}))
    return heads


def by_force(engine: Engine, *statements: str) -> None:
    """Change the table as a person does who may also remove its triggers."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for word in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS deeds_no_{word}"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_chain_that_nobody_touched_holds(engine: Engine) -> None:
    assert head_of(engine) == ChainHead(0, START)
    heads = five(engine)
    assert [each.number for each in heads] == [1, 2, 3, 4, 5]
    assert broken(engine, *heads) == ""
    assert broken(engine, ChainHead(0, heads[2].hash)) == "", "a hash alone is enough"


TAMPERED: list[tuple[list[str], str]] = [
    (["UPDATE deeds SET who = 'mill/ben' WHERE number = 3"], "deed 3"),
    (["UPDATE deeds SET at = '2020-01-01T00:00:00+00:00' WHERE number = 1"], "deed 1"),
    (["""UPDATE deeds SET details = '{"why": "sun"}' WHERE number = 5"""], "deed 5"),
    (["UPDATE deeds SET what = about, about = what WHERE number = 2"], "deed 2"),
    (["DELETE FROM deeds WHERE number = 2"], "deed 3"),
    (["DELETE FROM deeds WHERE number = 1"], "deed 2"),
    (["DELETE FROM deeds WHERE number = 4", "UPDATE deeds SET number = 4 WHERE number = 5"], "deed 4"),
    (
        [
            "UPDATE deeds SET number = 9 WHERE number = 3",
            "UPDATE deeds SET number = 3 WHERE number = 4",
            "UPDATE deeds SET number = 4 WHERE number = 9",
        ],
        "deed 3",
    ),
]


def test_a_row_changed_removed_or_moved_is_found(engine: Engine) -> None:
    for statements, said in TAMPERED:
        five(engine)
        by_force(engine, *statements)
        assert said in broken(engine), statements
        by_force(engine, "DELETE FROM deeds")


def test_a_cut_end_is_found_by_a_head_that_was_kept(engine: Engine) -> None:
    heads = five(engine)
    by_force(engine, "DELETE FROM deeds WHERE number > 3")
    assert broken(engine) == ""
    assert broken(engine, heads[2]) == ""
    assert "deed 5 is missing" in broken(engine, heads[4])
    assert "is missing" in broken(engine, ChainHead(0, heads[3].hash))
    with writing(engine) as connection:
        for _ in range(2):
            deeds.record(connection, "mill/eve", "cancel", "issue 9", now())
    assert "deed 5 is not the one" in broken(engine, heads[4]), "a new end in place of the old one"


def test_the_database_refuses_to_change_or_delete_a_deed(engine: Engine) -> None:
    five(engine)
    for statement in ("UPDATE deeds SET who = 'x'", "DELETE FROM deeds WHERE number = 5"):
        with pytest.raises((DatabaseError, DBAPIError), match="never changed"), writing(engine) as connection:
            connection.execute(text(statement))
    assert broken(engine) == ""


def test_a_deed_holds_no_address(engine: Engine) -> None:
    with writing(engine) as connection:
        deeds.record(
            connection,
            "mill/ada@example.org",
            "send",
            "“Dôl <dol@example.test>”",
            now(),
            {"why": 'said "ben@example.org"\nyes\0', "all": ["x@y", 3], "o'neill@example.org": True},
        )
    with reading(engine) as connection:
        row = connection.execute(text("SELECT who, about, details FROM deeds")).one()
        assert not any("@" in each for each in row)
        assert json.loads(row.details)["all"] == [deeds.LEFT_OUT, 3]
    assert broken(engine) == ""


def _adds(url: str, count: int) -> None:
    engine = open_database(url)
    for number in range(count):
        with writing(engine) as connection:
            deeds.record(connection, "mill/ada", "pause", f"issue {number}", now())
    engine.dispose()


def test_two_programs_at_once_keep_one_chain(engine: Engine, database_url: str) -> None:
    others = [multiprocessing.get_context("fork").Process(target=_adds, args=(database_url, 40)) for _ in range(2)]
    for each in others:
        each.start()
    for each in others:
        each.join(60)
    assert [each.exitcode for each in others] == [0, 0]
    assert head_of(engine).number == 80
    assert broken(engine) == ""


def _done(place: ListFolder) -> list[tuple[str, str]]:
    return [(each.what, each.about) for each in app.told(place).deeds]


def test_each_act_of_an_organiser_leaves_its_deed(caller: Caller) -> None:
    place = caller.workspace
    acts: list[tuple[Callable[[], Any], str]] = [
        (lambda: imports.import_list(place, io.BytesIO(b"email\neve@example.org\n"), "list.csv", "yes"), "import"),
        (lambda: imports.take_back(place, 1), "take an import back"),
        (lambda: person.unsubscribe(place, "ben@example.org"), "unsubscribe"),
        (lambda: person.erase(place, "person00@example.org"), "erase"),
        (lambda: suppressions.add(place, "stop@example.org"), "suppress"),
        (lambda: suppressions.remove(place, "stop@example.org"), "lift a suppression"),
        (lambda: by_hand.add(place, "new@example.org", "said yes"), "add"),
        (lambda: segments.save(place, "few", "domain:example.test", lambda _: None), "save a segment"),
        (lambda: send.send(place, send.look(place, place.folder / "post.md")), "send"),
        (lambda: steer.pause(place, 1), "pause"),
        (lambda: send.resume(place, 1), "resume"),
        (lambda: steer.cancel(place, 1), "cancel"),
    ]
    for act, what in acts:
        before = len(_done(place))
        act()
        assert [each[0] for each in _done(place)[before:]] == [what]
    assert app.check(place).number == len(acts)
    assert all("@" not in str(each) for each in app.told(place).deeds)


def test_an_act_that_is_undone_leaves_no_deed(caller: Caller) -> None:
    with pytest.raises(ActionRefused):
        steer.pause(caller.workspace, steer.cancel(caller.workspace, _sent(caller)).issue)
    assert [each[0] for each in _done(caller.workspace)] == ["send", "cancel"]
    with pytest.raises(ZeroDivisionError):
        imports.import_list(
            caller.workspace,
            io.BytesIO(b"email\neve@example.org\n"),
            "list.csv",
            "yes",
            tell=lambda _: 1 // 0,
        )
    assert len(_done(caller.workspace)) == 3, "what was imported before the trouble stays, and so does its deed"


def test_what_changes_nothing_is_no_deed(caller: Caller) -> None:
    place = caller.workspace
    person.erase(place, "unknown@example.org")
    suppressions.remove(place, "unknown@example.org")
    imports.import_stops(place, io.BytesIO(b"email\nx@example.org\n"), "stops.csv", dry_run=True)
    send.look(place, place.folder / "post.md")
    assert _done(place) == []


def test_a_head_as_it_stands_in_a_mail_is_checked(caller: Caller, tmp_path: Path) -> None:
    steer.pause(caller.workspace, _sent(caller))
    head = app.told(caller.workspace).head
    assert app.check(caller.workspace, str(head)) == head
    assert app.check(caller.workspace, head.hash.upper()) == head
    with pytest.raises(app.ChainBroken, match="missing"):
        app.check(caller.workspace, f"7 {'0' * 63}1")
    with pytest.raises(ActionRefused, match="not the head"):
        app.check(caller.workspace, "yesterday")


def _sent(caller: Caller) -> int:
    proposal = send.look(caller.workspace, caller.workspace.folder / "post.md")
    return send.send(caller.workspace, proposal).account.issue
