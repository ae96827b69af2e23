"""Services of the window that need Qt but no widgets: running work off the GUI thread
(`task_runner`), the use cases as one window calls them (`workspace`), images, one window per
library, and watching folders. Imports Qt and the layers below, never the window.
"""
