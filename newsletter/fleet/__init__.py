"""Many machines that send from one PostgreSQL. The send log is the truth; the engine only wakes workers.

A job of the engine is a hint: it may be lost, doubled, stuck or deleted, and whoever begins it looks into the send log
first. What keeps a recipient from getting two mails is the claim (`newsletter.send_log.senders`), not the engine.

engine           the one door to procrastinate: its tables, its queue, its clockwork
tasks            the jobs there are, and how often each is due; their arguments are numbers only
machines         a worker's own connection, which says that it lives; who lives, and what they do
limits           what a run asks of its relays, together with all others: the door to the two below
allowance        the rate: how many messages a second all processes send
shared_throttle  connections, pauses and rests of one relay, for all processes that use it
"""
