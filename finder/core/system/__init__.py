"""Facts about this machine: its memory, mounts, folders and permissions."""
