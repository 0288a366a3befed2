"""Feedback about a delivery after the run: mails that came back, the relay's own log, the organiser's decisions.

incoming    where mails to the bounce mailbox come from: IMAP, a Maildir, files, a pipe
intray      reads each mail with `newsletter.bounce` and records it, one transaction each
events      records feedback once, and does what follows from it
heard       reads the feedback back, in plain words
relay_log   finds in a Postfix log what became of mails
settling    decides what becomes of uncertain deliveries
"""
