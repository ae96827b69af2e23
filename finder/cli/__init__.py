"""The same library from a terminal. Results on stdout, everything else on stderr; no Qt.

Exit codes: 0 done, 1 the user's or the world's fault (one sentence), 2 wrong usage.
"""
