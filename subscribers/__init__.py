"""Who asked to hear from us, how we know, and who must not be written to.

    address      what counts as one mailbox: parse, normalise, compare
    tables       subscribers, consents, suppressions
    consent      subscribe, confirm, withdraw, each with its evidence
    suppression  addresses that must not be written to, and why
    audience     everybody on the list becomes recipients and exclusions
    intake       a CSV becomes subscribers, with a report row by row
    export       the list, written out so that an intake reads it back
    formula      values that a spreadsheet would run, and the guard against it
    tokens       links and return paths that only we can have made
    public       what every public response has in common
    pages        what a subscriber sees: GET asks, POST acts

This package knows nothing of posts, issues or mail servers; ``newsletter`` imports it, never the reverse.
"""
