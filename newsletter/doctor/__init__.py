"""What stands between this newsletter and an inbox, and what to do about it. In: a folder's settings. Out: findings.

visit       runs all checks, in order
finding     one thing that was found
machine     database · secrets · clock · disk
hooks       what the mail service reports by webhook
relay       a conversation that ends before a mail begins
names       SPF · DKIM · DMARC · MX, through lookup
public      the pages that links in mails lead to

It sends no mail and changes nothing. It cannot see what only the relay's operator or a receiver can see.
"""
