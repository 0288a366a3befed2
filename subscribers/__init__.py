"""Who asked to hear from us, how we know, and who must not be written to.

    address      what counts as one mailbox: parse, normalise, compare
    tables       subscribers, consents, suppressions, erasures, segments, requests
    consent      subscribe, confirm, withdraw, each with its evidence
    suppression  addresses that must not be written to, and why
    segment      an expression becomes a part of the list; `saved` keeps it under a name, `familiar` doubts it
    topics       kinds of mail: which there are, and who does not want which
    audience     everybody on the list, or of a segment, becomes recipients and exclusions
    imports      a list becomes subscribers, with a report row by row
    enrolment    one person put on the list, or brought up to date, by an organiser; `tagging` puts tags on many
    export       the list, written out so that an import reads it back; or one person whole
    erasure      forget one person, and keep a hash that no import brings them back
    formula      values that a spreadsheet would run, and the guard against it
    tokens       links and return paths that only we can have made
    parting      why somebody left, where they said so
    moves        changes of address, and the way back; `through`, what was done by the links of an issue
    requests     what somebody asked for on a page, until their mailbox confirms it
    public       what every public response has in common
    forwarded    who asks, behind a web server; `knocks`, how often; `names`, what is a name
    site         the words and the look of all pages; `listed`, what they may know of somebody
    pages        what a subscriber sees: GET asks, POST acts
    signup       a form, a question by mail, the answer
    preferences  name, language, a pause, another address

This package knows nothing of posts, issues or mail servers; ``newsletter`` imports it, never the reverse.
"""
