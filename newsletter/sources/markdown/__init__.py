"""A cleaned tree becomes Markdown that reads back as the same words. In: lxml. Out: Markdown text.

    escape   words that Markdown would misread
    inline   what stands in a line: emphasis, links, images
    tables   pipe tables, or HTML where pipes cannot say it
    blocks   paragraphs, headings, lists, quotes

It drops no words: what Markdown has no sign for stays as HTML or as text.
"""

from newsletter.sources.markdown.blocks import to_markdown
from newsletter.sources.markdown.escape import escape

__all__ = ["escape", "to_markdown"]
