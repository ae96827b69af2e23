"""All that Image Finder knows and does, without a window.

Knows no Qt, starts no thread, prints nothing, never exits. Long work is a plain generator that
yields progress; the worker pool it uses is given to it by the caller.
"""
