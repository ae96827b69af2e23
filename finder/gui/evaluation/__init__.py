"""The measure dialog: which model finds pictures with the same label best."""
