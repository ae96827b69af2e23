"""Mount points: network drives, whose changes the system does not report, drives mounted inside a
folder, and the drive that holds a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_UUIDS = "/dev/disk/by-uuid"
_NETWORK = frozenset(
    {
        *("9p", "afp", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs"),
        *("lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf"),
        *("virtiofs", "vmhgfs", "webdav"),
        *("fuse.curlftpfs", "fuse.gvfsd-fuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
        *("fuse.vmhgfs-fuse", "fuse.glusterfs", "fuse.ceph", "fuse.davfs2"),
    }
)
_DRIVE_REMOTE = 4  # GetDriveTypeW


def on_network(folder: str) -> bool:
    """Whether the folder is on a network drive, where this system may not see changes."""
    return is_network_mount(folder if sys.platform == "win32" else os.path.realpath(folder))


def is_network_mount(point: str) -> bool:
    """Whether a path without symbolic links is on a network drive. The path itself is not accessed:
    a drive that does not respond would block the caller."""
    if sys.platform == "win32":
        return _is_remote_drive(point)
    if sys.platform == "darwin":
        return _kind_in_mount(_mount_lines(), point) in _NETWORK
    return kind_in_mountinfo(_read_mounts(), point) in _NETWORK


def mounted_inside(folder: str) -> list[str]:
    """The mount points of other drives inside a folder. Always empty on Windows."""
    if sys.platform == "win32":
        return []
    root = os.path.realpath(folder)
    inside = {point for point in _mount_points() if point != root and _lies_below(point, root)}
    return sorted(folder + point[len(root) :] for point in inside)


def drive_of(path: str) -> list[str] | None:
    """Identifies the drive of a path: [mount point, an id of its file system that stays the same
    when it is connected again]. None if the path does not exist. A network drive may block for
    long."""
    try:
        real = os.path.realpath(path, strict=True)
        device = os.stat(real).st_dev
        if sys.platform == "win32":  # st_dev is the volume's serial number
            return [os.path.splitdrive(real)[0] + os.sep, str(device)]
        points = [point for point in _mount_points() if _lies_below(real, point)]
        name = _uuid_of(device) or str(os.statvfs(real).f_fsid)
    except OSError:
        return None
    return [max(points, key=len, default=os.sep), name]


def _mount_points() -> list[str]:
    if sys.platform == "darwin":
        lines = _mount_lines().splitlines()
        return [line.rpartition(" (")[0].partition(" on ")[2] for line in lines]
    return [point for point, _ in _in_mountinfo(_read_mounts())]


def _uuid_of(device: int) -> str:
    """The UUID of a device's file system, if Linux knows one; else empty."""
    try:
        with os.scandir(_UUIDS) as links:
            return next((link.name for link in links if link.stat().st_rdev == device), "")
    except OSError:
        return ""


def kind_in_mountinfo(mounts: str, path: str) -> str:
    """The file system's type at a path, from /proc/self/mountinfo (proc(5)); empty if unknown."""
    best, kind = "", ""
    for point, found in _in_mountinfo(mounts):
        # of two mounts on one point, the later one is visible
        if _lies_below(path, point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _in_mountinfo(mounts: str) -> Iterator[tuple[str, str]]:
    """(mount point, file system's type) of each line."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) >= 5 and after:
            yield _unescaped(fields[4]), after.split(" ")[0]


def _read_mounts() -> str:
    try:
        return os.fsdecode(_MOUNTS.read_bytes())
    except OSError:
        return ""


def _lies_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(field: str) -> str:
    """Decode the octal escapes of spaces, tabs, line ends and backslashes."""
    for character in " \t\n\\":
        field = field.replace(f"\\{ord(character):03o}", character)
    return field


def _mount_lines() -> str:
    """The output of macOS's mount: “//me@server/share on /Volumes/share (smbfs, nodev)”."""
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return os.fsdecode(done.stdout)


def _kind_in_mount(mounts: str, path: str) -> str:
    best, kind = "", ""
    for line in mounts.splitlines():
        place, _, options = line.rpartition(" (")
        point = place.partition(" on ")[2]
        if point and _lies_below(path, point) and len(point) >= len(best):
            best, kind = point, options.split(",")[0].rstrip(")")
    return kind


def _is_remote_drive(folder: str) -> bool:
    import ctypes

    if folder.startswith("\\\\"):
        return True
    drive = os.path.splitdrive(os.path.abspath(folder))[0] + "\\"
    return bool(getattr(ctypes, "windll").kernel32.GetDriveTypeW(drive) == _DRIVE_REMOTE)  # noqa: B009
