"""Looks back at issues. Only reads.

account      the account of one issue, whose sums must hold
progress     how fast an issue goes, how long the rest takes, and why recipients were refused (estimates)
"""
