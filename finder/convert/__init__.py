"""Converts networks of Keras and torchvision, and the user's PyTorch modules, into models.

Only the command line imports this package, and only this package imports the frameworks, all of
which come with the extra `[convert]`. Keras runs on its PyTorch backend, where a Keras model is a
PyTorch module: one framework to install, and one exporter for everything.

`applications`, `vision` and `module` each make a `source.Source`; `conversion` exports it
(`export`), compares the file with the framework (`parity`) and returns it.
"""
