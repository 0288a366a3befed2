"""The database, SQLite or PostgreSQL: the only place that opens one.

engine         open it, and transactions for reading and for writing
prepare        how each of the two prepares its connections
tables         the tables of issues and deliveries (those of the list are in `subscribers`)
incoming       the tables of what comes in: answers, and reports by webhook
oversight      the tables of deeds and approvals
deeds          what people did, in a chain that only grows
migrations     one file for each revision of the schema; they only add
lock           who may send an issue, between processes and machines
group_commit   many callers, one transaction
sqlite_files   what must hold of the files that SQLite writes
"""
