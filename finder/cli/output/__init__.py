"""How the command line prints: lines, widths, tables and progress."""
