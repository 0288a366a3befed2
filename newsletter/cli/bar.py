"""The progress bar of a terminal. In: how many are done, and a function that says words about them."""

from collections.abc import Iterator

from rich import progress as rich_progress
from rich.console import Console, RenderableType
from rich.text import Text

from newsletter.cli.printing import harmless
from newsletter.cli.rates import Quickness, Words, done_so_far, rate_of


class Bar(rich_progress.Progress):
    """A Progress of newsletter.cli.progress, with the result of `words` in a line below."""

    def __init__(self, what: str, total: int | None, words: Words) -> None:
        columns = (
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(bar_width=None),
            rich_progress.TextColumn("{task.fields[quick]}", markup=False),
        )
        self._what, self._total, self._words = what, total, words
        self._quickness, self._done = Quickness(), 0
        super().__init__(*columns, console=Console(stderr=True), transient=total is None, expand=True)
        self._task = self.add_task(what, total=total, quick="")

    def __call__(self, done: int) -> None:
        """Take how many are done."""
        self._done = done

    def note(self, words: str) -> None:
        """Do nothing: the bar asks for its words itself."""

    def get_renderables(self) -> Iterator[RenderableType]:
        """Yield the bar and the line below it, whenever it is drawn."""
        if self.tasks:  # rich asks for the first time before there is a task
            self.update(self._task, completed=self._done, description=self._described(), quick=self._quick())
        yield self.make_tasks_table(self.tasks)
        if words := self._words():
            yield Text(f"  {harmless(words)}", overflow="ellipsis", no_wrap=True)

    def _described(self) -> str:
        return f"{self._what}: {done_so_far(self._done, self._total)}"

    def _quick(self) -> str:
        return rate_of(self._quickness, self._done, self._total)
