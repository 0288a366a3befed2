"""What is heard of a delivery after the run: what came back, what the relay wrote down, what an organiser decides.

incoming    where mails to the bounce mailbox come from: IMAP, a Maildir, files, a pipe
intray      each of them read by `newsletter.bounce`, and heard, one transaction each
events      written down once, with what follows from it
heard       read back, in plain words
relay_log   a Postfix log, for the fates it tells
settling    what becomes of those nobody was certain of
"""
