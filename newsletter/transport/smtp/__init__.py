"""The SMTP conversation of a client (RFC 5321), without I/O: octets and mails in; octets, events and answers out.

`conversation` is the door. Nothing here knows a socket, a clock, a database or a recipient's fate.
"""
