"""help shows any command's help; the shell completes commands, options, issue numbers and segments."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from sqlalchemy import Engine

from newsletter.app import segments
from newsletter.app.list_folder import ListFolder
from newsletter.cli import completing, newsletter, printing
from newsletter.issue import Issue


def typed(*words: str) -> str:
    return CliRunner().invoke(newsletter, words, prog_name="newsletter").output


def test_help_of_a_command_is_what_it_says_itself_and_of_none_the_list() -> None:
    for command in (("send",), ("db", "backup"), ("subscribers",), ()):
        assert typed("help", *command).strip() == typed(*command, "--help").strip()
    for wrong in (("sned",), ("db", "back"), ("send", "more")):
        assert "No such command" in typed("help", *wrong)


def completed(*words: str) -> dict[str, str | None]:
    """Say what the shell offers after `words`, of which the last has been begun."""
    shell = ShellComplete(newsletter, {}, "newsletter", "_NEWSLETTER_COMPLETE")
    return {each.value: each.help for each in shell.get_completions(list(words[:-1]), words[-1])}


def test_issue_numbers_and_segments_are_completed_from_the_database(
    engine: Engine, issue_for: Callable[..., Issue], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    issue_for("ada")
    folder = ListFolder(tmp_path)
    folder.__dict__["engine"] = engine
    monkeypatch.setattr(completing, "list_here", lambda: folder)
    monkeypatch.setattr(printing, "quiet", False)
    segments.save(folder, "north", "tag:north", lambda doubt: None)
    segments.save(folder, "south", "tag:south", lambda doubt: None)
    for command in (("report", ""), ("log", ""), ("pause", ""), ("resume", ""), ("cancel", "1"), ("status", "")):
        assert list(completed(*command)) == ["1"], command
        assert list(completed(*command[:-1], "2")) == [], command
    assert completed("send", "--segment", "n") == {"north": "tag:north"}
    assert list(completed("segments", "show", "")) == ["north", "south"]
    assert "--segment" in completed("send", "--se")
    assert {"send", "segments", "settle", "serve"} <= completed("se").keys()


def test_where_there_is_no_database_nothing_is_completed_and_nothing_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(printing, "quiet", False)
    monkeypatch.chdir(tmp_path)
    assert completed("report", "") == {}
    (tmp_path / ".env").write_text("NEWSLETTER_MISSPELT=1\nNEWSLETTER_SMTP_PORT=many\n")
    assert completed("report", "") == {}
    assert capfd.readouterr() == ("", "")


def test_completion_writes_a_file_where_the_shell_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert typed("completion").startswith(f"{tmp_path}/fish/vendor_completions.d/newsletter.fish\n")
    assert f"fpath+=({tmp_path}/zsh/site-functions)" in typed("completion", "zsh")
    file = Path(typed("completion", "bash").splitlines()[0])
    assert file == tmp_path / "bash-completion" / "completions" / "newsletter"
    monkeypatch.setenv("SHELL", "/bin/csh")
    assert "Which shell is it?" in typed("completion")


def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    program = tmp_path / "newsletter"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m newsletter "$@"\n')
    program.chmod(0o755)
    (tmp_path / "completion").write_text(typed("completion", "bash", "--print"))
    script = (
        f'PATH="{tmp_path}:$PATH"; . {tmp_path}/completion; COMP_WORDS=(newsletter sen); COMP_CWORD=1; '
        '_newsletter_completion newsletter; echo "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.stdout.split(), done.stderr) == (["send"], "")
    for shell in ("zsh", "fish"):
        if found := shutil.which(shell):
            source = typed("completion", shell, "--print")
            assert subprocess.run([found, "-n", "/dev/stdin"], input=source, text=True).returncode == 0


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_man_reads_the_manual_page_without_a_warning() -> None:
    page = Path(__file__).parents[3] / "docs" / "newsletter.1"
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Kutf8", str(page)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
