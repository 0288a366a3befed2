"""The desk: everything an organiser does, as pages in a browser on this machine.

application  all pages as one app, and the address it is opened at
guard        who may ask: this machine, its user, our own pages; `neighbours`, whose a connection is
forms        forms that only we can make, that act once, and only on what they were made from
desk, pages  what all pages share; what a page is
home         what needs the organiser

A page calls use cases of `newsletter.app`, as a command does. The files in posts/ stay the truth, and what takes long
is a process of its own: closing the desk stops nothing.
"""
