"""The window: panels that show values and emit signals, controllers that decide.

Runs in the GUI thread only: no file, model or database is touched here. Work goes through
`finder.jobs.task_runner`. May import `jobs` and `core`, never `app` or `cli`.
"""
