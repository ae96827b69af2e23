"""A full check of a library: `full_check` goes through everything that is kept, and repairs it
if asked.
"""
