"""The mails that the public pages send. They are not in the send log, because they belong to no issue.

questions   whether somebody wants what was asked for: owed by the database, sent once, also after the program has died
greetings   a word to who has come or gone: a courtesy, lost with the program
errand      one mail as a transport sees it
"""

from newsletter.courier.greetings import Greetings
from newsletter.courier.questions import Questions

__all__ = ["Greetings", "Questions"]
