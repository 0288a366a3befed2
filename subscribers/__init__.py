"""Who asked to hear from us, how we know, and who must not be written to.

    address      what counts as one mailbox: parse, normalise, compare
    tables       subscribers, consents, suppressions
    consent      subscribe, confirm, withdraw, each with its evidence
    suppression  addresses that must not be written to, and why
    audience     everybody on the list becomes recipients and exclusions
    intake       a CSV becomes subscribers, with a report row by row
    tokens       links and return paths that only we can have made
    pages        what a subscriber sees: GET asks, POST acts

This package knows nothing of posts, issues or mail servers; ``newsletter`` imports it, never the reverse.
"""
