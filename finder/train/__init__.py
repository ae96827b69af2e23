"""Trains a model on a folder whose subfolders are labels: from scratch, by transfer, by
fine-tuning.

Only the command line imports this package, which needs the extra `[train]`; for the window,
`worker` runs in a process of its own. A `base` is a network
without its classifier: one of torchvision, a small one of our own, or a model of the library turned
back into a PyTorch module (`onnx_network`, of `operators`). `labelled_folder` finds and splits the
pictures, `batches` prepares them, `loop` trains, epoch by epoch, and keeps its state in a
`run_folder`; `trained_model` measures the best epoch, exports it and adds it to the library.
"""
