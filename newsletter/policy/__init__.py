"""What follows from what: pure decisions, values in and values out. Nothing here sends, stores or waits.

reply      what a relay said, and to which command
answers    what those words are about: one table for replies and for bounces
verdict    a reply becomes a state of the delivery, and what the relay asks of us
pace       times become waits: retries, rests, how many connections and mails a second
canary     the results of a first few mails say whether to go on
"""
