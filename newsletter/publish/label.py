"""What a link to a document says about it. In: its kind, its size, a language. Out: "PDF, 210 KB" in that language."""

from newsletter.languages import size_in


def label(kind: str, size: int, language: str) -> str:
    """Return kind and size, in bytes, of a document as the words of a link."""
    return f"{kind}, {size_in(language, size)}"
