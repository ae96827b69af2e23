"""The only part of the program that goes online, and only when the user asks it to. It uses the
standard library only.

For one picture from a link: its address (`address`), a connection to a public host (`connection`)
and the request (`fetch`), all within a time limit (`deadline`). For a model's file from the servers
that the catalogue of models names: the file and the progress (`remote_file`), one request
(`http_response`), the unfinished file (`partial_file`), and the verified whole (`download`).
"""
