"""The settings of a folder in, findings out: what stands between this newsletter and an inbox, and what to do about it.

visit       everything, in order
finding     what was found
machine     database · secrets · clock · disk
relay       a conversation that ends before a mail begins
names       SPF · DKIM · DMARC · MX, through lookup
public      the pages that links in mails lead to

It sends no mail and changes nothing. It cannot see what only the relay's operator or a receiver can.
"""
