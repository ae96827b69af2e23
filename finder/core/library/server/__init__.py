"""A library whose vectors are on a Milvus server, alone or shared with other machines.

`server_address` says where the server is, `credentials` keeps the secret, `server_client` calls it
over `server_channel`, `server_errors` explains its failures, `connection_test` tries it.
`patience` waits in the middle of a run for one that is away.

Only `server_client` imports pymilvus, through `vectors.pymilvus_import`; this takes a second, so
it and `connection_test` are imported where they are used.
"""
