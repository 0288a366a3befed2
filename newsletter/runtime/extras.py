"""Parts of the program that are installed only where they are needed: the extras in pyproject.toml.

A package of an extra is imported where it is used, within `extra`; without it, the error names what to install.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from subscribers.errors import Explained


class MissingExtra(Explained):
    """To {purpose}, install an extra of this program first: pip install 'newsletter[{extra}]'"""

    exit_code = 4


@contextmanager
def extra(name: str, package: str, purpose: str) -> Iterator[None]:
    """Import `package`, of the extra `name`, in this block. Raises MissingExtra, with the purpose, if it is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != package:
            raise  # a fault that this extra does not mend
        raise MissingExtra(purpose=purpose, extra=name) from None
