"""One picture from the web, for a user who asked for it: an address (`address`), a connection to a
public host (`connection`), the picture (`fetch`), all before a `deadline`. The only part of the
program that goes online; the standard library is all it uses.
"""
