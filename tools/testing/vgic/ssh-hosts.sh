#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# ssh-hosts.sh start|stop [DIRECTORY]: two ssh hosts on this machine's loopback, to
# try HOSTS= without other machines. start prints what to give to HOSTS. Each is an
# sshd of its own, with keys made here, and with a directory of its own as its home:
#
#   make mutate SAMPLE=20 HOSTS="$(tools/testing/vgic/ssh-hosts.sh start)"
#
# Needs openssh-server, openssh-client and rsync. Nothing outside of DIRECTORY is written.

set -eu

dir=$(readlink -m "${2-build/ssh-hosts}")
ports='22611 22612'
sshd=$(command -v sshd || echo /usr/sbin/sshd)

stop() {
	for port in $ports; do
		pid=$(cat "$dir/$port/pid" 2>/dev/null) || continue
		kill "$pid" 2>/dev/null || true
		rm -f "$dir/$port/pid"
	done
}

start() {
	[ -x "$sshd" ] || { echo "error: no sshd; apt-get install openssh-server" >&2; exit 1; }
	stop
	mkdir -p "$dir"
	chmod 700 "$dir"
	# sshd wants it, as root
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	[ -f "$dir/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	hosts=
	for port in $ports; do
		home=$dir/$port
		mkdir -p "$home/home"
		[ -f "$home/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -f "$home/hostkey"
		cat >"$home/sshd_config" <<-END
			ListenAddress 127.0.0.1:$port
			HostKey $home/hostkey
			PidFile $home/pid
			AuthorizedKeysFile $dir/key.pub
			AuthenticationMethods publickey
			StrictModes no
			UsePAM no
			MaxStartups 100
			ForceCommand cd $home/home && eval "\$SSH_ORIGINAL_COMMAND"
		END
		"$sshd" -f "$home/sshd_config" -E "$home/log" ||
			{ echo "error: no sshd at port $port; log: $home/log" >&2; exit 1; }
		cat >"$home/ssh_config" <<-END
			Host *
			Port $port
			IdentityFile $dir/key
			IdentitiesOnly yes
			StrictHostKeyChecking no
			UserKnownHostsFile $home/known_hosts
			LogLevel ERROR
		END
		hosts="$hosts${hosts:+,}1/ssh -F $home/ssh_config 127.0.0.1"
	done
	echo "$hosts"
}

case ${1-} in
start | stop) "$1" ;;
*) echo "usage: $0 start|stop [directory]" >&2; exit 2 ;;
esac
