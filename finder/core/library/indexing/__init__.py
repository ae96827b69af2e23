"""Indexing folders: the work to do (`plan`), the workers (`dispatch`, `worker`), their results
(`file_result`), storing these (`batch_writer`); `index_run` combines them.

`suspect_files` describes what happens with a file that blocks or crashes a decoder.
"""
