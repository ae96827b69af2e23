#!/bin/sh
# Installs the system packages that pip cannot provide: Python's venv and the libraries that Qt
# links to. Uses apt if run as root; else prints the command and stops. Does nothing on systems
# without apt, where Qt's wheel and the desktop provide what is needed.
set -eu

command -v apt-get >/dev/null 2>&1 || exit 0

missing=""
need() { missing="$missing $1"; }
need_library() { # the file's name, the package
    ldconfig -p 2>/dev/null | grep -q "$1" || need "$2"
}

PATH="$PATH:/usr/sbin:/sbin"
python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || need python3
"$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || need python3-venv
need_library libEGL.so.1 libegl1
need_library libGL.so.1 libgl1
need_library libglib-2.0.so.0 libglib2.0-0
need_library libdbus-1.so.3 libdbus-1-3
need_library libfontconfig.so.1 libfontconfig1
need_library libxkbcommon.so.0 libxkbcommon0
need_library libxkbcommon-x11.so.0 libxkbcommon-x11-0
need_library libxcb-cursor.so.0 libxcb-cursor0
need_library libxcb-icccm.so.4 libxcb-icccm4
need_library libxcb-image.so.0 libxcb-image0
need_library libxcb-keysyms.so.1 libxcb-keysyms1
need_library libxcb-randr.so.0 libxcb-randr0
need_library libxcb-render-util.so.0 libxcb-render-util0
need_library libxcb-shape.so.0 libxcb-shape0
need_library libxcb-xkb.so.1 libxcb-xkb1
[ -n "$(find /usr/share/fonts -name '*.ttf' -o -name '*.otf' 2>/dev/null | head -n 1)" ] ||
    need fonts-dejavu-core

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    echo "Installing system packages:$missing" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Some system packages are missing. Install them, then run this again:" >&2
    echo "    sudo apt-get install -y$missing" >&2
    exit 1
fi
