"""From folders to a library: what there is to do (`plan`), the workers (`dispatch`, `worker`),
their results (`file_result`), how these are stored (`batch_writer`); `index_run` combines them.

A decoder that blocks or crashes: `suspect_files` tells the whole way.
"""
