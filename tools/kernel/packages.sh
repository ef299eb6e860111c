#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# packages.sh run|check|qemu|coverage|mutate: install the Debian packages that a target needs. Costs
# one dpkg-query if they are there. This is shell because Python may be missing.

set -eu

run='bc bison ca-certificates ccache debian-archive-keyring flex gcc git libc6-dev
     make patch perl python3 quilt xz-utils'
check='gcc-aarch64-linux-gnu shellcheck sparse'
qemu='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm rsync'
coverage='gcovr'
mutate='coccinelle openssh-client parallel rsync'

case ${1-} in
run) wanted=$run ;;
check) wanted="$run $check" ;;
qemu) wanted="$run $qemu" ;;
coverage) wanted="$run $coverage" ;;
mutate) wanted="$run $mutate" ;;
*) echo "usage: $0 run|check|qemu|coverage|mutate" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "note: no Debian system; please install by yourself what corresponds to: $wanted"
	exit 0
fi

missing=
# shellcheck disable=SC2086 # a list of words
have=" $(dpkg-query -W -f '${Package}=${db:Status-Status}\n' $wanted 2>/dev/null |
	sed -n 's/=installed$//p' | tr '\n' ' ') "
for package in $wanted; do
	case $have in
	*" $package "*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	echo "error: these packages are missing, and there is no sudo. As root, please:" >&2
	echo "  apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

echo "packages   installing:$missing"

apt_install() {
	# shellcheck disable=SC2086 # lists of words
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends $missing >"$log" 2>&1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The index may be missing or old; read it only when it does not do.
if ! apt_install; then
	$as_root apt-get update -q >>"$log" 2>&1 || true
	if ! apt_install; then
		tail -n 15 "$log" >&2
		echo "error: apt-get could not install$missing" >&2
		exit 1
	fi
fi
