"""--quiet, --verbose, --log-json and --debug stand anywhere, and are never taken for the value of another option."""

import click
import pytest
from click.testing import CliRunner, Result

from newsletter.cli import everywhere, main, newsletter, printing
from newsletter.cli.catalogue import FILES


@pytest.fixture
def said() -> list[tuple[str, bool]]:
    return []


@pytest.fixture
def program(said: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch) -> click.Group:
    """A program whose one command has an option with a value, and notes what it was given and whether it is quiet."""
    monkeypatch.setattr(everywhere.Wanted, "traceback", False)

    @click.group()
    def outer() -> None:
        pass

    @outer.command()
    @click.option("--detail", default="")
    def inner(detail: str) -> None:
        said.append((detail, printing.quiet))

    outer.params += everywhere.options()
    everywhere.give(inner)
    return outer


def run(program: click.Group, *words: str) -> Result:
    result = CliRunner().invoke(program, words)
    assert result.exit_code == 0, result.output
    return result


def test_they_stand_before_and_after_the_command(program: click.Group, said: list[tuple[str, bool]]) -> None:
    for words in (["-q", "inner"], ["inner", "-q"], ["--quiet", "inner"], ["inner", "--detail", "x", "--quiet"]):
        run(program, *words)
    assert [quiet for _, quiet in said] == [True] * 4
    assert not printing.quiet, "each run says for itself how quiet it is"


def test_the_value_of_another_option_is_left_alone(program: click.Group, said: list[tuple[str, bool]]) -> None:
    for value in ("-q", "--quiet", "--debug"):
        run(program, "inner", "--detail", value)
        run(program, "inner", f"--detail={value}")
    assert said == [(value, False) for value in ("-q", "--quiet", "--debug") for _ in range(2)]
    assert not everywhere.Wanted.traceback


def test_debug_is_heard_wherever_it_stands(program: click.Group) -> None:
    for words in (["--debug", "inner"], ["inner", "--debug"]):
        everywhere.Wanted.traceback = False
        run(program, *words)
        assert everywhere.Wanted.traceback


def test_every_command_has_them_and_its_help_does_not_repeat_them() -> None:
    def check(command: click.Command) -> None:
        names = [name for option in command.params for name in option.opts]
        assert {"-q", "--quiet", "-v", "--verbose", "--log-json", "--debug"} <= set(names), command.name
        assert names.count("--quiet") == 1, command.name
        with click.Context(command) as context:
            assert "--quiet" not in command.get_help(context)
        for each in command.commands.values() if isinstance(command, click.Group) else ():
            check(each)

    for name in FILES:
        check(newsletter.commands[name])


def test_what_one_command_was_told_is_forgotten_by_the_next_in_the_same_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everywhere.Wanted.traceback, everywhere.Wanted.verbosity, everywhere.Wanted.log_as_json = True, 2, True
    monkeypatch.setattr("sys.argv", ["newsletter", "--version"])
    monkeypatch.setattr("newsletter.cli.printing.begin", lambda: None)
    monkeypatch.setattr("newsletter.runtime.signals.begin", lambda: None)
    monkeypatch.setattr("newsletter.runtime.signals.finish", lambda: None)
    monkeypatch.setattr("newsletter.cli._let_go_of_output", lambda: None)
    with pytest.raises(SystemExit):
        main()
    wanted = everywhere.Wanted
    assert (wanted.traceback, wanted.verbosity, wanted.log_as_json) == (False, 0, False)
