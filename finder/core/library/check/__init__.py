"""A full check of a library: `full_check` verifies everything that is stored, and repairs it
on request.
"""
