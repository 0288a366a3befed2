"""Feedback about a delivery after the run: mails that came back, the relay's own log, the organiser's decisions.

mailboxes      where mails to the bounce mailbox come from: IMAP, a Maildir, files, a pipe
parse          the bytes of a mail become a bounce, a complaint, an unsubscribe (pure)
processing     reads each mail and records it, one transaction each
consequences   records feedback once, and does what follows from it
strikes        which bounces and complaints suppress an address (pure)
feedback       reads the feedback back, in plain words
relay_log      finds in a Postfix log what became of mails
settling       decides what becomes of uncertain deliveries
"""
