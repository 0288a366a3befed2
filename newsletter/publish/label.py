"""What a link to a document says. In: its kind, its size, a language. Out: "PDF, 210 KB", as it is written there."""

from newsletter.languages import size_in


def label(kind: str, size: int, language: str) -> str:
    """Say what a document of `size` bytes is."""
    return f"{kind}, {size_in(language, size)}"
