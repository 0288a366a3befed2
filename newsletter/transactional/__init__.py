"""The mails that the public pages send. They are not in the send log, because they belong to no issue.

questions   mails about a request, to the owner of the mailbox: kept as owed in the database, so that a crash loses none
greetings   a short mail to a subscriber who has joined or left: a courtesy, lost if the program ends
notes       what the organiser should know about an issue: kept as owed, too
single_mail an Outbox that holds one such mail
"""

from newsletter.transactional.greetings import Greetings
from newsletter.transactional.questions import Questions

__all__ = ["Greetings", "Questions"]
