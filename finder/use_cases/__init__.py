"""The use cases, as functions of a library and arguments, for the window and the command line. No
Qt is imported and nothing is printed."""
