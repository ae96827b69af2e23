"""What a user can ask for, as functions of a library and arguments, called by the window and by
the command line alike. No Qt is imported and nothing is printed.
"""
