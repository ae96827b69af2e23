"""Imports pymilvus, with what it needs before: light, without opening a port, silent."""

from __future__ import annotations

import logging
import os
import socket

import finder.core.library.vectors.quiet_grpc  # noqa: F401
from finder.core.library.vectors.pandas_stand_in import pandas_stand_in

# A proxy would be asked for the local socket; a foreign .env would configure our client.
os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1,localhost"]))
os.environ.setdefault("PYTHON_DOTENV_DISABLED", "1")

# WORKAROUND: pymilvus imports urllib3, which opens a port to find out whether there is IPv6 and has
# no setting for it. This program opens no ports, and does not need urllib3.
_has_ipv6, socket.has_ipv6 = socket.has_ipv6, False

try:
    with pandas_stand_in():
        from pymilvus import DataType, MilvusClient
except (AttributeError, ImportError):  # another version needs more of urllib3
    from pymilvus import DataType, MilvusClient

socket.has_ipv6 = _has_ipv6

# They would write tracebacks to the user's terminal; each of these has a level of its own.
for _name in ("pymilvus", "pymilvus.milvus_client", "milvus_lite"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["DataType", "MilvusClient"]
