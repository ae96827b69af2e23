"""Picture files: finding them (`scan`), reading them (`file_reading`), identifying them
(`content_id`), decoding them (`decode`) within limits (`decode_limits`, which reads the headers of
each format), and their thumbnails (`thumbnails`).

Imports neither `models` nor `library` nor `search`.
"""
