"""What is said, where, and that nothing that is said can do harm or end a sending."""

import os
import sys

import click
import pytest

from newsletter.cli import newsletter, printing

_ESCAPE = "\x1b]0;owned\x07"


def test_data_goes_to_stdout_and_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    printing.put("data")
    printing.say("words")
    printing.put_json({"name": "Siân"})
    assert capsys.readouterr() == ('data\n{"name": "Siân"}\n', "words\n")


def test_quiet_silences_words_but_neither_errors_nor_questions(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "quiet", True)
    printing.say("words")
    printing.ask_about("what is asked")
    printing.complain("wrong")
    assert capsys.readouterr() == ("", "what is asked\nError: wrong\n")


def test_a_complaint_is_one_line_whatever_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    printing.complain(f"[red]a file[/] :smile:\nof {_ESCAPE} two lines\\")
    assert capsys.readouterr().err == "Error: [red]a file[/] :smile: of �]0;owned� two lines\\\n"


def test_what_others_wrote_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printing.put(_ESCAPE)
    printing.say(_ESCAPE)
    printing.put_table(["reply"], [[_ESCAPE]])
    printing.put_json(_ESCAPE)
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err


def test_a_table_is_aligned_and_its_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    printing.put_table(["issue", "subject"], [["1", "Good news"], ["12", "More"]], numbers=["issue"])
    assert capsys.readouterr().out == "issue  subject\n    1  Good news\n   12  More\n"


def test_a_listener_who_has_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", buffering=1) as gone:
        monkeypatch.setattr(sys, "stderr", gone)
        printing.say("words nobody hears")
        printing.complain("nor this")
        writer = os.open(os.devnull, os.O_WRONLY)
        os.dup2(writer, gone.fileno())  # because Python would try once more when it is closed
        os.close(writer)


def test_the_help_of_every_command_fits_its_line() -> None:
    """On a terminal of 80 columns nothing is cut off with dots."""
    context = click.Context(newsletter, info_name="newsletter", terminal_width=80)
    assert "..." not in newsletter.get_help(context).partition("Commands:")[2]
