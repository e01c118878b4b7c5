#!/bin/sh
# Installs what OneDoor Queue needs, here: system packages (as root or with sudo) and .venv with
# hash-locked wheels. Quick when nothing changed. Usage: tools/setup.sh run|dev
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}

RUN_PACKAGES="python3-venv mosquitto libfribidi0 libegl1 libgl1 libgles2 libgl1-mesa-dri libusb-1.0-0 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
DEV_PACKAGES="libzbar0 pango1.0-tools fontconfig xvfb xdotool systemd iproute2 nftables faketime libreoffice-calc-nogui poppler-utils golang-go golang-golang-x-mod-dev"
packages=$RUN_PACKAGES
[ "$kind" = dev ] && packages="$RUN_PACKAGES $DEV_PACKAGES"

missing=""
for package in $packages; do
    # Debian 13 renamed some libraries to NAMEt64.
    dpkg-query -W -f '${Status}\n' "$package" "${package}t64" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        echo "System packages are missing. Run this, then try again:" >&2
        echo "  sudo apt install --no-install-recommends$missing" >&2
        exit 2
    fi
    echo "Installing system packages:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
    echo "Python 3.11, 3.12 or 3.13 is needed; '$python' is $("$python" --version 2>&1)." >&2
    echo "Name another one: make setup PYTHON=python3.11" >&2
    exit 2
fi

lock=requirements.lock
[ "$kind" = dev ] && lock=requirements-dev.lock
stamp=.venv/.done-$kind
wanted="$("$python" --version) $(cat pyproject.toml $lock | sha256sum)"
if [ "$(cat $stamp 2>/dev/null || true)" != "$wanted" ] || [ ! -x .venv/bin/onedoor ]; then
    echo "Setting up .venv ($lock) ..."
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$wanted" >$stamp
    [ "$kind" = dev ] && echo "$("$python" --version) $(cat pyproject.toml requirements.lock | sha256sum)" >.venv/.done-run
fi
exit 0
