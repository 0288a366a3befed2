"""Filters of the list. In: an expression, `tag:volunteer and language:cy and not (field:town=Cardiff or received:3)`.
Out: a tree. `str` writes it in the one form that is stored, `condition` makes SQL of it with bound values.

    tag:NAME              has the tag, in any case of letters       language:cy     cy, and cy-GB
    field:NAME=VALUE      has this value           has:NAME        has any; `not has:town`: has no town
    received:3            a relay accepted issue 3 for them
    bounced:3             issue 3 bounced for them; bounced:any: any issue did
    domain:example.org    their address is at this domain
    topic:events          has not declined this topic
    joined:2026-01-01     joined on that day (UTC); after it with >, before it with <; with >= or <= the day counts too

`and` binds closer than `or`; brackets and `not` work as usual. A value with spaces needs "quotation marks".
"""

from subscribers.segment.condition import condition, has_tag
from subscribers.segment.expression import parse
from subscribers.segment.tree import Either, Not, Test, Tree, tests

__all__ = ["Either", "Not", "Test", "Tree", "condition", "has_tag", "parse", "tests"]
