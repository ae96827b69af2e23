"""All of Image Finder except its user interfaces.

Imports no Qt, starts no threads, prints nothing and never exits. Long tasks are plain generators
that yield progress; the executor they use is passed in by the caller.

The modules at this level are shared by all packages below it and import none of them.
"""
