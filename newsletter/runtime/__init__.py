"""What a running program needs of the machine, and tests must be able to hold still.

clock       the time now, and how it is shown
signals     Ctrl-C, SIGTERM, a closed terminal: how they end a command
logs        one line for each event, for who runs the program
whole_file  files that are written whole or not at all
failpoint   named places where a test makes the program fail or stop
"""
