"""What organisers do, as functions: the command line calls one for each command, and any other program can.

In: the folder (`Workspace`, or `ListFolder` for what concerns only the list) and values. Out: a value that says what
happened, or an exception of `newsletter.errors` or `subscribers.errors` whose message says what to do. A use case
prints nothing, reads no arguments and no environment, knows no current folder and asks at no terminal; progress,
notes and questions are functions that the caller passes in. It opens its own transactions.

list_folder  the settings and the database of a folder
workspace    the same folder with its templates, its published files and its relay
"""
