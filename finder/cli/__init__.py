"""The command line. Results go to stdout, everything else to stderr. Does not import Qt.

Exit codes: 0 success, 1 an expected error (explained in one sentence), 2 wrong usage.
"""
