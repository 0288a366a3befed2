"""The one collection that all tables of the send log belong to, whichever file they stand in."""

from sqlalchemy import MetaData

from subscribers.tables import NAMES

metadata = MetaData(naming_convention=NAMES)
