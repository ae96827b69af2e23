"""Work off the GUI thread. `task_runner` is the one way there and back; `workspace` is the
library as the window sees it. Imports Qt and everything below, never the window.
"""
