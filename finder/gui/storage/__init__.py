"""The storage dialog, which shows and moves the vectors; following other machines of a library."""
