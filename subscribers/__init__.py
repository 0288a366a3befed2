"""Who asked for our mail, how we know, and which addresses must get none.

    address      what counts as one mailbox: parse, normalise, compare
    tables       subscribers, consents, suppressions, erasures, segments, requests
    consent      subscribe, confirm, withdraw, each with its evidence
    suppression  addresses that must not be written to, and why
    segment      an expression selects a part of the list; `saved` stores it by name, `familiar` warns of unknown names
    topics       kinds of mail: which there are, and which subscriber declined which
    audience     the subscribers of the list, or of a segment, become recipients and exclusions
    imports      a list becomes subscribers, with a report row by row
    enrolment    an organiser adds or updates one subscriber; `tagging` puts tags on many
    export       the list, written so that an import reads it back; or all we hold about one person
    erasure      forget one person, but keep a hash so that no import brings them back
    formula      values that a spreadsheet would run as a formula, and the guard against it
    tokens       links and return paths that only we can have made
    unsubscribe_reason
                 why a subscriber left, if they said so
    moves        changes of address, and how to undo one; `through`, what was done by the links of an issue
    requests     what a visitor asked for on a page, until their mailbox confirms it
    public       what every public response has in common
    forwarded    the network address of the visitor behind a web server; `knocks`, how often it asks;
                 `names`, what we accept as a name
    site         the words and the look of all pages; `listed`, what a page may know about a subscriber
    pages        what a subscriber sees: GET asks, POST acts
    signup       the form, the confirmation mail, the answer
    preferences  name, language, a pause, another address

This package knows nothing of posts, issues or mail servers; ``newsletter`` imports it, never the reverse.
"""
