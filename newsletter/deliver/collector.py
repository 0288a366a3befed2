"""Python's garbage collector while an issue is being sent: it looks rarely, and at what is new only."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = 50_000
"""Objects made and not yet gone before it looks; Python's own 700 are those of a few mails."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Leave alone what is there now, and look rarely, until the block ends.

    Because what a mail needs goes by itself, without a collector, to search all that stays again and again took a tenth
    of the time of a send.
    """
    youngest, *older = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(youngest, RARELY), *older)
    try:
        yield
    finally:
        gc.set_threshold(youngest, *older)
        gc.unfreeze()
