"""Services of the desktop: opening a file, showing it in the file manager, the clipboard."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QMimeData, QProcess, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage

from finder.core.system.permissions import original_umask


def open_file(path: str) -> bool:
    """Open the file in its default program; returns False if there is none."""
    with original_umask():
        return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def show_in_folder(path: str) -> None:
    """Select the file in the file manager; if that is impossible, open its folder."""
    if sys.platform == "win32":
        # By its full path: Windows searches the current folder for programs, too.
        explorer = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "explorer.exe")
        QProcess.startDetached(explorer, ["/select,", os.path.normpath(path)])
    elif sys.platform == "darwin":
        with original_umask():
            QProcess.startDetached("/usr/bin/open", ["-R", path])
    elif not _ask_file_manager(path):
        open_file(os.path.dirname(path))


def copy_text(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def copy_picture(path: str, image: QImage) -> None:
    """The file for file managers, the pixels for everything else."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    if not image.isNull():
        mime.setImageData(image)
    QGuiApplication.clipboard().setMimeData(mime)


def _ask_file_manager(path: str) -> bool:
    """org.freedesktop.FileManager1.ShowItems (freedesktop.org's file manager interface)."""
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage
    except ImportError:
        return False
    bus = QDBusConnection.sessionBus()
    service = "org.freedesktop.FileManager1"
    names = bus.interface() if bus.isConnected() else None
    if names is None or not names.isServiceRegistered(service).value():
        return False
    message = QDBusMessage.createMethodCall(
        service, "/org/freedesktop/FileManager1", service, "ShowItems"
    )
    message.setArguments([[QUrl.fromLocalFile(path).toString()], ""])
    return bus.send(message)
