"""Another program than the command line: it calls the use cases, in a folder of an organiser, and a relay answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update

from newsletter.app.run import ProgressListener, RunNews, RunWatch, UnderWay
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.database.tables import issues
from newsletter.runtime.clock import now
from newsletter.settings.declaration import PREFIX
from newsletter.transport import Standstill
from subscribers.tables import subscribers
from tests.journeys.conftest import SETTINGS, Mailboxes, relay

POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"
MANY = 14


@dataclass
class Caller:
    """A program with a folder, a post, and people on the list; what it was told stands in `news`."""

    workspace: Workspace
    mailboxes: Mailboxes
    opened: list[Workspace] = field(default_factory=list)
    news: list[RunNews] = field(default_factory=list)
    answers: int = 0
    at_first_answer: Callable[[], object] = lambda: None
    at_end: Callable[[], object] = lambda: None
    """Called when a run has ended and no longer holds its lock."""
    sleep: Callable[[float], object] = lambda seconds: None

    def beside(self) -> Workspace:
        """Open the same folder once more, as another program does."""
        self.opened.append(Workspace(self.workspace.folder))
        return self.opened[-1]

    def writes(self, name: str, content: str | bytes) -> Path:
        path = self.workspace.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    @property
    def watch(self) -> RunWatch:
        return RunWatch(self._shown, self.news.append, lambda seconds: self.sleep(seconds))

    def issues(self) -> int:
        with reading(self.workspace.engine) as connection:
            return connection.execute(select(func.count()).select_from(issues)).scalar_one()

    @contextmanager
    def _shown(self, run: UnderWay) -> Iterator[ProgressListener]:
        threads: list[threading.Thread] = []
        caller = self

        class Shown:
            def answered(self) -> None:
                caller.answers += 1
                if caller.answers == 1:
                    # In a thread, because the sender cannot go on before this returns.
                    threads.append(threading.Thread(target=caller.at_first_answer))
                    threads[0].start()

            def rests(self, rest: Standstill) -> None:
                pass

        yield Shown()
        for thread in threads:
            thread.join()
        self.at_end()


def an_hour_passes(caller: Caller) -> None:
    """Let the time come that anything scheduled or postponed waits for."""
    with writing(caller.workspace.engine) as connection:
        connection.execute(update(issues).values(not_before=now() - timedelta(minutes=1)))


@pytest.fixture
def caller(tmp_path: Path, database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """A program with fourteen people on the list: ada, ben, and twelve whom it names person00 to person11."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in SETTINGS:
        monkeypatch.delenv(f"{PREFIX}{name}", raising=False)
    names = ["ada", "ben", *(f"person{number:02}" for number in range(MANY - 2))]
    with writing(engine) as connection:
        rows = [{"address": f"{name}@example.org", "consent": "confirmed", "joined_at": now()} for name in names]
        connection.execute(insert(subscribers), rows)
    with relay() as mailboxes:
        settings = {**SETTINGS, "SMTP_PORT": str(mailboxes.port), "DATABASE_URL": database_url}
        lines = [f'{PREFIX}{name}="{value}"' for name, value in settings.items()]
        (folder / ".env").write_text("\n".join(lines), encoding="utf-8")
        ready = Caller(Workspace(folder), mailboxes)
        ready.writes("post.md", POST)
        yield ready
        for each in (ready.workspace, *ready.opened):
            each.engine.dispose()
