"""How the window looks: colours, sizes, fonts, icons, in one place. Imports nothing of the program
but its paths. Its use: docs/theme.md."""
