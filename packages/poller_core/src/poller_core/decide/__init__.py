"""The pure decisions: what to poll next, how to judge an answer, when to try again.

``now`` and every random number are arguments; nothing here reads a clock, a file or a socket. The loops
perform what was decided, so months of faults can be run through this code in seconds.
"""
