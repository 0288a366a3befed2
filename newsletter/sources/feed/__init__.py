"""A feed (RSS, Atom, RDF). Signs: XML, or an element that opens a feed. Limit: 5 MB."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material


def opens_like_xml(material: Material) -> bool:
    """Tell whether `material` opens as XML or a feed does, and not as an HTML page."""
    start = material.start
    if re.search(rb"<html[\s>]|<!doctype html", start[:600], re.IGNORECASE):
        return False
    return bool(
        re.match(rb"<\?xml|<!DOCTYPE ", start, re.IGNORECASE) or re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", start[:2000])
    )


def _read(material: Material, choice: Choice) -> Draft:
    from newsletter.sources.feed.reader import read_feed

    return read_feed(material, choice)


KIND = SourceKind("feed", _read, certain=opens_like_xml)
