#!/bin/sh
# A PostgreSQL cluster for tests: own folder, Unix socket only, nothing forced to disk (it survives its own
# crashes, not the machine's).
#
#   private_pg.sh start DIR [NAME=VALUE ...]      create it if needed, start it, print its conninfo
#   private_pg.sh migrated DIR [NAME=VALUE ...]   the same with the database pbc of this version in a new one, which
#                                                 is a copy of $PBC_PREPARED/cluster if that is set
#   private_pg.sh stop DIR [MODE]                 stop it, keep the data; MODE as of pg_ctl, default fast
#   private_pg.sh remove DIR                      stop it and delete DIR
#
# NAME=VALUE are settings of the server. DIR is short (a socket's path is limited to 107 bytes) and,
# when root runs this, in a place that the user postgres can reach.
set -eu

# In the name of the socket alone, and not 5432, which is of the machine's own PostgreSQL. test_pg.c has it too.
port=15432

fail() {
	echo "private_pg.sh: $*" >&2
	exit 1
}

bindir() {
	initdb=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$initdb" ] || initdb=$(command -v initdb) || fail "no PostgreSQL server programs found"
	dirname "$initdb"
}

# initdb and postgres refuse to run as root.
as_owner() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

create() {
	mkdir -p "$dir/socket"
	[ "$(id -u)" != 0 ] || chown -R postgres "$dir"
	as_owner "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 \
		--locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || fail "initdb failed, see $dir/initdb.log"
	cat >>"$dir/data/postgresql.conf" <<-EOT
		listen_addresses = ''
		fsync = off
		full_page_writes = off
	EOT
}

start() {
	[ -d "$dir/data" ] || create
	options="-c unix_socket_directories=$dir/socket -c port=$port"
	for setting in "$@"; do
		options="$options -c $setting"
	done
	as_owner "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --wait --timeout=60 \
		--options="$options" >/dev/null || fail "no start, see $dir/log"
	echo "host=$dir/socket port=$port user=postgres dbname=postgres"
}

migrated() {
	if [ -d "$dir/data" ]; then
		start "$@" >/dev/null
	elif [ -n "${PBC_PREPARED:-}" ]; then
		mkdir -p "$dir"
		cp -a --reflink=auto "$PBC_PREPARED/cluster/." "$dir"
		start "$@" >/dev/null
	else
		conninfo=$(start "$@")
		"$root/deploy/database" "${conninfo% dbname=*}" >&2
	fi
	echo "host=$dir/socket port=$port user=postgres dbname=pbc"
}

stop() {
	if as_owner "$bin/pg_ctl" status --pgdata="$dir/data" >/dev/null 2>&1; then
		as_owner "$bin/pg_ctl" stop --pgdata="$dir/data" --mode="${1:-fast}" --wait >/dev/null
	fi
}

[ $# -ge 2 ] || fail "usage: private_pg.sh start|migrated|stop|remove DIR"
verb=$1
dir=$2
shift 2
case $dir in
/?*) ;;
*) fail "DIR must be absolute: $dir" ;;
esac
bin=$(bindir)
root=$(cd "$(dirname "$0")/../.." && pwd)
cd /

case $verb in
start) start "$@" ;;
migrated) migrated "$@" ;;
stop) stop "$@" ;;
remove)
	stop immediate
	rm -rf "$dir"
	;;
*) fail "no such verb: $verb" ;;
esac
