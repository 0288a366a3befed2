"""One person across the list and the send log: all that we hold about them, and how to erase it.

person    an address in, the whole story out
trace     an address in, the events of every delivery out, for operators
erasure   delete or blank every trace of one person; the sums of every issue still hold
"""
