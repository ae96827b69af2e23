"""The only part of the program that goes online, and only for a user who asked for it; the standard
library is all it uses.

One picture from its link: an address (`address`), a connection to a public host (`connection`), the
picture (`fetch`), all before a `deadline`. A model's file from the servers that a catalogue names:
one request (`answer`), what has come (`part`), until all of it was checked (`download`).
"""
