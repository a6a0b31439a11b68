# shellcheck shell=bash
# Functions shared by the scripts of deploy/ and tests/: words on the terminal, packages, a private PostgreSQL.
# Sourced, never run.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
	bold='' dim='' red='' plain=''
fi

say() {
	printf '%s%s%s\n' "$dim" "$*" "$plain"
}

# heading TEXT: a step that the reader should notice.
heading() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# die MESSAGE REMEDY: what went wrong, and what to do about it.
die() {
	printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
	printf 'what to do: %s\n' "$2" >&2
	exit 1
}

# as_root COMMAND...: as root, by sudo if need be.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root: $*" "run the script as root, or install sudo and allow your user to use it"
	fi
}

# require_root: now and in words, since what as_root runs writes to a log.
require_root() {
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null || die 'this needs root, and there is no sudo' "run $0 as root, or install sudo and allow your user to use it"
	sudo -n true 2>/dev/null || sudo -v || die "sudo does not let $(id -un) become root" "run $0 as root, or as a user whom sudo allows to"
}

# require_room DIR MEGABYTES
require_room() {
	local free
	free=$(df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9)
	[ "$free" -ge "$2" ] || die "only $free MB are free on the disk of $1" "make room for $2 MB, or set PBC_VAR to a folder on another disk"
}

# watched LOG COMMAND...: its output goes to the log; a terminal shows the last line of that meanwhile.
watched() {
	local log=$1 viewer='' status=0
	shift
	if [ -t 1 ]; then
		while sleep 0.5 && kill -0 $$ 2>/dev/null; do
			printf '\r\e[K%s%s%s' "$dim" "$(tail -n 1 "$log" | tr -dc '[:print:]' | cut -c1-78)" "$plain"
		done &
		viewer=$!
	fi
	"$@" >>"$log" 2>&1 || status=$?
	if [ -n "$viewer" ]; then
		kill "$viewer"
		wait "$viewer" 2>/dev/null || true
		printf '\r\e[K'
	fi
	return "$status"
}

# listed_packages FILE...: the names of package lists, without comments.
listed_packages() {
	sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@"
}

# missing_packages FILE...: listed, not installed, and no command of that name from elsewhere (nodejs, npm).
missing_packages() {
	local name
	for name in $(listed_packages "$@"); do
		if ! dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed$' &&
			! command -v "$name" >/dev/null; then
			echo "$name"
		fi
	done
}

# install_packages LOG FILE...: installs what is missing of the lists.
install_packages() {
	local log=$1 missing config=/etc/postgresql-common/createcluster.conf
	shift
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null ||
		die "no apt-get here, and these packages are missing: $(echo "$missing" | xargs)" \
			"use Debian 12, or install the equivalents of $*"
	say "installing Debian packages: $(echo "$missing" | xargs)"
	require_root
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$log" 2>&1 ||
		die "apt-get update failed: $(tail -n 1 "$log")" "check the network and /etc/apt/sources.list, see $log"
	# Debian starts a server on port 5432 as soon as PostgreSQL is installed; nobody asked for that one.
	if echo "$missing" | grep -q '^postgresql-15$' && [ ! -e "$config" ]; then
		as_root mkdir -p "$(dirname "$config")"
		echo 'create_main_cluster = false' | as_root tee "$config" >/dev/null
	fi
	# shellcheck disable=SC2086 # names, one word each
	watched "$log" as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold $missing ||
		die "apt-get could not install the packages: $(grep '^E:' "$log" | tail -n 1)" \
			"check the network and the sources of apt, see $log; on a machine that is not Debian 12 install the equivalents of $*"
}

# build PRESET LOG TARGET...: configures build/PRESET once and builds.
build() {
	local preset=$1 log=$2
	shift 2
	cmake --preset "$preset" >"$log" 2>&1 ||
		die "cmake cannot configure the build: $(grep -m 1 -A 3 'CMake Error' "$log" | tail -n 1)" "see $log"
	watched "$log" nice cmake --build --preset "$preset" --target "$@" ||
		die "the build failed: $(grep -m 1 'error:' "$log")" "see $log"
}

# The user that a PostgreSQL server started from here runs as: never root.
cluster_user() {
	if [ "$(id -u)" = 0 ]; then
		echo postgres
	else
		id -un
	fi
}

# as_cluster_user COMMAND...
as_cluster_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# cluster_program NAME: the path of a server program of PostgreSQL 15.
cluster_program() {
	local path=/usr/lib/postgresql/15/bin/$1
	[ -x "$path" ] || die "PostgreSQL 15 is not installed: no $path" "apt-get install postgresql-15"
	echo "$path"
}

# The number in the name of a private cluster's socket, on which nothing else is: 5432 is of the machine's own PostgreSQL.
readonly cluster_port=15432

# cluster_conninfo DIR: how to reach a cluster that runs. The port is that with which it was started.
cluster_conninfo() {
	local port
	port=$(as_cluster_user sed -n 4p "$1/data/postmaster.pid") || die "no PostgreSQL runs in $1" "see $1/log"
	echo "host=$1 port=$port"
}

# cluster_running DIR
cluster_running() {
	local pg_ctl
	[ -d "$1/data" ] || return 1
	pg_ctl=$(cluster_program pg_ctl) || exit 1
	as_cluster_user "$pg_ctl" status -D "$1/data" >/dev/null 2>&1
}

# cluster_start DIR: makes the cluster if there is none, with page checksums and a Unix socket in DIR, and starts it.
cluster_start() {
	local dir=$1 version
	cluster_running "$dir" && return 0
	[ -d "$dir/data" ] || cluster_make "$dir"
	version=$(as_cluster_user cat "$dir/data/PG_VERSION") || die "no cluster in $dir/data" "see what is there, and delete $dir to begin afresh"
	[ "$version" = 15 ] || die "the cluster in $dir is of PostgreSQL $version" "take its data to PostgreSQL 15 with pg_upgrade, or delete $dir"
	(cd / && as_cluster_user "$(cluster_program pg_ctl)" start -D "$dir/data" -l "$dir/log" -w -t 60 \
		-o "-p $cluster_port") >/dev/null 2>&1 ||
		die "PostgreSQL did not start: $(grep -sE 'FATAL|PANIC' "$dir/log" | tail -n 1)" "see $dir/log"
}

# cluster_make DIR: under another name until it is as it must be, so that a run that is cut short leaves none with other settings.
cluster_make() {
	local dir=$1
	mkdir -p "$dir"
	[ "$(id -u)" != 0 ] || chown "$(cluster_user)" "$dir"
	chmod 0755 "$dir"
	rm -rf "$dir/data.new"
	(cd / && as_cluster_user "$(cluster_program initdb)" -D "$dir/data.new" -U postgres --auth=peer \
		--data-checksums --encoding=UTF8 --locale=C.UTF-8) >"$dir.initdb.log" 2>&1 ||
		die "initdb failed: $(grep -m 1 -iE 'error|fatal' "$dir.initdb.log")" "see $dir.initdb.log"
	cluster_configure "$dir" "$dir/data.new"
	mv "$dir/data.new" "$dir/data"
}

# cluster_configure DIR DATA: settings, and who may log in as whom: the machine's users on this socket, nobody over a network.
cluster_configure() {
	local dir=$1 data=$2
	as_cluster_user tee -a "$data/postgresql.conf" >/dev/null <<-EOT
		listen_addresses = ''
		unix_socket_directories = '$dir'
		unix_socket_permissions = 0777
		shared_buffers = 256MB
		max_connections = 60
		enable_partitionwise_join = on
		log_min_messages = warning
	EOT
	as_cluster_user tee "$data/pg_hba.conf" >/dev/null <<-EOT
		local all all peer map=pbc
	EOT
	as_cluster_user tee "$data/pg_ident.conf" >/dev/null <<-EOT
		pbc $(cluster_user) postgres
		pbc $(cluster_user) pbc_api
		pbc $(cluster_user) pbc_job
		pbc $(id -un) postgres
	EOT
}

# cluster_stop DIR
cluster_stop() {
	cluster_running "$1" || return 0
	(cd / && as_cluster_user "$(cluster_program pg_ctl)" stop -D "$1/data" -m fast -w) >/dev/null
}
