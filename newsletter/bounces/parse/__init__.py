"""Turns a mail to the bounce mailbox into what it is: Bounce, Complaint, Unsubscribe, AutoReply or Unknown.

Which delivery it is about is known only from a signature of ours: in the address the mail came to, or in the head of
the original that came with it. The addresses in a report are shown and never trusted, because anyone can write a
report. Nothing here uses the database, the network or a clock; any bytes can be read, in bounded time.

letter           bytes → fields, prose, reports, the head of the original
notice           Amazon's JSON → a report
delivery_status  the machine-readable part of a report (RFC 3464)
prose            what servers write instead of such a report
phrases          words of servers → what they mean
diagnosis        status, words and stage → why the mail came back
feedback         complaints (RFC 5965)
failure          letter → what is said about each address
sorting          letter → which kind of mail it is
addresses        addresses in reports that nothing else here understands, only to be shown
human            an answer that a person wrote: to which mail, and whether it may ask to leave
identity         which subscriber and issue it is about
reader           all of these, in their order
"""
