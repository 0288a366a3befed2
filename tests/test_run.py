"""./run: which words are about the checkout, which environment they run in, and how it ends; and CI's two Pythons."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_house import ROOT


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = spec_from_loader("run", SourceFileLoader("run", str(Path(__file__).parents[1] / "run")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "words",
    ["test", "test -x", "test tests/newsletter -k dot", "test --update-golden", "lint", "check", "docs", "site"],
)
def test_words_about_the_checkout(run: ModuleType, words: str) -> None:
    assert run.is_for_developers(words.split())


@pytest.mark.parametrize(
    "words",
    ["test posts/good-news.md --to me@example.org", "test --to=me@example.org post", "test posts/good-news.html",
     "check posts/good-news.md", "demo", "send posts/good-news.md", ""],
)  # fmt: skip
def test_words_about_a_post(run: ModuleType, words: str) -> None:
    assert not run.is_for_developers(words.split())


@pytest.mark.parametrize("words", ["", "-x", "--update-golden"])
def test_without_a_choice_the_tests_of_every_day_run(run: ModuleType, words: str) -> None:
    assert run.which_tests(words.split()) == ["-m", "not nightly and not thorough", *words.split()]


@pytest.mark.parametrize(
    "words", ["tests/newsletter -k dot", "tests/test_run.py::test_x", "-m nightly", "-k dot", "--lf"]
)
def test_what_was_asked_for_runs_whole(run: ModuleType, words: str) -> None:
    assert run.which_tests(words.split()) == words.split()


def test_all_of_them_can_be_asked_for(run: ModuleType) -> None:
    assert run.which_tests(["--thorough", "-x"]) == ["--hypothesis-profile=thorough", "-x"]


@pytest.fixture
def checkout(tmp_path: Path, run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two locks that list nothing, and no environment yet."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text(f"# {lock}\n")
    shutil.copy(ROOT / "run", tmp_path / "run")
    monkeypatch.setattr(run, "HERE", tmp_path)
    return tmp_path


def environment(place: Path, kind: str, **stamps: str) -> Path:
    """Make what looks like a finished environment."""
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").symlink_to(sys.executable)
    (place / "python").write_text(kind)
    for lock, stamp in stamps.items():
        (place / f"{lock.replace('_', '-')}.lock.installed").write_text(stamp)
    return place


def typed(checkout: Path, *words: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, checkout / "run", *words],
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_environment_of_another_python_is_left_alone(run: ModuleType, checkout: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert run.find_environment() == checkout / ".venv"
    environment(checkout / ".venv", "cpython-399 of /elsewhere")
    assert run.find_environment() == checkout / f".venv-{version}"
    environment(checkout / f".venv-{version}", run.KIND)
    assert run.find_environment() == checkout / f".venv-{version}"
    shutil.rmtree(checkout / ".venv")
    assert run.find_environment() == checkout / f".venv-{version}", "the one that is there, before a new one"


def test_one_that_nobody_can_use_gives_up_its_place(run: ModuleType, checkout: Path) -> None:
    own = environment(checkout / ".venv", "cpython-399 of /elsewhere")
    assert run.find_environment() != own
    (own / "bin" / "python").unlink()
    (own / "bin" / "python").symlink_to(checkout / "gone")
    assert run.find_environment() == own, "its Python was removed"
    shutil.rmtree(own)
    own.mkdir()
    (own / "by-hand").touch()
    assert run.find_environment() != own, "made by somebody else"
    (own / "unfinished").touch()
    assert run.find_environment() == own, "broken off"


def test_the_developers_lock_serves_the_user_and_no_other_serves_it(run: ModuleType, checkout: Path) -> None:
    own = environment(checkout / ".venv", run.KIND, requirements=run.stamp_of("requirements.lock"))
    assert run.holds(own, "requirements.lock")
    assert not run.holds(own, "requirements-dev.lock")
    (own / "requirements-dev.lock.installed").write_text(run.stamp_of("requirements-dev.lock"))
    (own / "requirements.lock.installed").unlink()
    assert run.holds(own, "requirements.lock")
    (checkout / "requirements-dev.lock").write_text("another")
    assert not run.holds(own, "requirements.lock")


def test_a_python_that_cannot_make_environments_says_what_to_install(checkout: Path) -> None:
    (checkout / "without").mkdir()
    (checkout / "without" / "ensurepip.py").write_text("raise ImportError")
    with typed(checkout, "--version", PYTHONPATH=str(checkout / "without")) as process:
        _, err = process.communicate(timeout=60)
    said = err.splitlines()
    assert (process.returncode, said[1:]) == (1, [said[-1]])
    assert "sudo apt install python3-venv" in said[-1]


def test_an_installation_that_is_broken_off_is_begun_again(checkout: Path) -> None:
    own = checkout / ".venv"
    slow = checkout / "slow"
    slow.mkdir()
    (slow / "venv.py").write_text("import time; print('making', flush=True); time.sleep(60)")
    (own / "lib").mkdir(parents=True)
    (own / "lib" / "half").touch()
    (own / "unfinished").touch()
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        with typed(checkout, "--version", PYTHONPATH=str(slow)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "making\n"
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert err.splitlines()[-1].startswith("run: interrupted; the same command")
        assert "Traceback" not in err
    with typed(checkout, "--version") as process:
        process.communicate(timeout=120)  # the locks list nothing, so there is no newsletter in it
    assert not (own / "lib" / "half").exists()
    assert not (own / "unfinished").exists()
    assert len(list(own.glob("*.installed"))) == 1


def test_a_second_run_waits_for_the_first_and_says_so(checkout: Path) -> None:
    with (checkout / ".venv-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with typed(checkout, "--version") as process:
            assert process.stderr is not None
            assert "waiting" in process.stderr.readline()
            assert not (checkout / ".venv").exists()
            process.terminate()
            assert process.wait(60) == 143


def test_a_checkout_that_cannot_be_written_says_who_must(run: ModuleType, checkout: Path) -> None:
    (checkout / ".venv-lock").mkdir()  # root may write everywhere else
    with pytest.raises(run.Trouble, match="Have the owner of this checkout"), run.locked():
        pass


def test_a_signal_ends_the_tests_and_says_so_in_a_line(run: ModuleType, checkout: Path) -> None:
    own = environment(checkout / ".venv", run.KIND)
    (own / "requirements-dev.lock.installed").write_text(run.stamp_of("requirements-dev.lock"))
    tests = own / "bin" / "pytest"
    tests.write_text("#!/bin/sh\ntrap 'echo ended; exit 2' TERM INT\necho testing $$\nwhile :; do sleep 0.1; done\n")
    tests.chmod(0o755)
    for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        with typed(checkout, "test") as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("testing")
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (code, "ended\n")
        assert err.splitlines()[1:] == ["run: interrupted; the same command begins again what was not finished."]


def test_the_newest_python_is_a_second_one_or_ci_fails(tmp_path: Path) -> None:
    def python(name: str, version: str, level: str = "final") -> str:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho {version} {level} {file}\n")
        file.chmod(0o755)
        return str(file)

    def newest() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", asking, known],
            env={"PYENV_ROOT": str(tmp_path / "pyenv"), "PATH": str(tmp_path / "bin")},
            capture_output=True,
            text=True,
        )

    # Without the usual folders, which are as the machine has them.
    asking = (
        f"import runpy, sys; m = runpy.run_path({str(ROOT / '.ci' / 'newest_python.py')!r});"
        f"m['main'].__globals__['USUAL'] = (); sys.exit(m['main'](sys.argv[1]))"
    )
    known = python("debian/python3", "3 11 2")
    python("bin/python3", "3 11 2")
    python("bin/python3.10", "3 10 13")
    python("bin/python3.15", "3 15 0", "candidate")
    alone = newest()
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "needs a second Python" in alone.stderr
    assert newest().returncode == 1
    python("pyenv/versions/3.9.1/bin/python3", "3 9 1")
    twelve = python("bin/python3.12", "3 12 10")
    assert newest().stdout.strip() == twelve
    newer = python("pyenv/versions/3.13.0/bin/python3", "3 13 0")
    python("bin/python3.11", "3 11 9")
    assert newest().stdout.strip() == newer
