"""gRPC, silent: it reads its settings when it is imported."""

from __future__ import annotations

import os

# It would write failed handshakes to the user's terminal; each is raised as an error, too.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc

__all__ = ["grpc"]
