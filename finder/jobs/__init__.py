"""What the window needs of Qt outside of widgets: running work off the GUI thread (`task_runner`),
the use cases as one window calls them (`workspace`), images, one window per library, and watching
folders. Imports Qt and everything below, never the window.
"""
