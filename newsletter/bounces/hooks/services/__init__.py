"""A reader for each service: the values of a body in, events out. Pure; one file per service.

Written from each service's own documentation; what surprised others is in the file of the service it concerns.
"""
