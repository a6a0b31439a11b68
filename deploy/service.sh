# shellcheck shell=bash
# Starting and stopping the service of the quickstart in the folder $var: cluster, database, certificates, pbcd, pbc-jobd.
# shellcheck disable=SC2154 # var, root, bold, dim, plain are of the scripts that source this
# Sourced after lib.sh, never run. PostgreSQL and both servers run as the cluster's user, never as root.

# Profile, organisation, user id: the sample people of deploy/sample/people.sql.
people() {
	cat <<-'EOT'
		hub QHB hub
		finance 5XZ finance
		approver 5XZ approver
		board 5XZ board
		practice-a Z97001 practice-a
		practice-b Z97002 practice-b
		provider RZA provider
		auditor QAU auditor
		operator 5XZ operator
	EOT
}

service_port() {
	cat "$var/port"
}

# Whether nobody listens on a port, nor on the one of its pages.
port_is_free() {
	! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && ! (exec 3<>"/dev/tcp/127.0.0.1/$(($1 + 1000))") 2>/dev/null
}

# The port that was used before, else the first free one from 8443 on.
choose_port() {
	local port
	! process_running pbcd || return 0
	if [ -s "$var/port" ]; then
		! port_is_free "$(service_port)" || return 0
		say "another program has port $(service_port) or $(($(service_port) + 1000)), so the server gets another"
	fi
	for port in $(seq 8443 8543); do
		if port_is_free "$port"; then
			echo "$port" >"$var/port"
			return
		fi
	done
	die 'no free port from 8443 to 8543' "write a free one into $var/port"
}

make_certificates() {
	local name organisation user
	deploy/pki ca "$var/pki" || die 'the certificate authority could not be made' "delete $var/pki and run this again"
	deploy/pki server "$var/pki" server || die 'no server certificate' "delete $var/pki and run this again"
	while read -r name organisation user; do
		deploy/pki person "$var/pki" "$name" "$organisation" "$user" ||
			die "no certificate for $name" "delete $var/pki and run this again"
	done < <(people)
	# The servers read these; the authority's key stays with whoever runs quickstart.
	[ "$(id -u)" != 0 ] || chown postgres "$var/pki/server.key"
}

make_patient_key() {
	[ -s "$var/patient.key" ] || (umask 077 && openssl rand -out "$var/patient.key" 32)
	[ "$(id -u)" != 0 ] || chown postgres "$var/patient.key"
}

# Configurations of both servers and of the client's profiles.
write_configurations() {
	local name database
	database="$(cluster_conninfo "$var/cluster") dbname=pbc"
	cat >"$var/pbcd.conf" <<-EOT
		listen = "127.0.0.1:$(service_port)"
		admin = "127.0.0.1:$(($(service_port) + 1000))"
		certificate = "$var/pki/server.pem"
		key = "$var/pki/server.key"
		client_ca = "$var/pki/ca.pem"
		crl = "$var/pki/crl.pem"
		database = "$database user=pbc_api"
	EOT
	cat >"$var/pbc-jobd.conf" <<-EOT
		database = "$database user=pbc_job"
		patient_key = "$var/patient.key"
	EOT
	people | while read -r name _; do
		cat <<-EOT
			profile "$name" {
				server = "localhost:$(service_port)"
				ca = "pki/ca.pem"
				cert = "pki/$name.pem"
				key = "pki/$name.key"
			}
		EOT
	done >"$var/pbc.conf"
}

# Copies of the programs: the user of the servers need not reach the checkout, and a new build does not touch what runs.
install_programs() {
	local path program
	mkdir -p "$var/bin"
	for path in server/pbcd server/job/pbc-jobd client/cli/pbc; do
		program=${path##*/}
		cmp -s "build/release/$path" "$var/bin/$program" && continue
		process_stop "$program"
		cp "build/release/$path" "$var/bin/$program.new"
		mv "$var/bin/$program.new" "$var/bin/$program"
	done
}

# process_running NAME: whether the process of the pid file is that program.
process_running() {
	local pid
	pid=$(cat "$var/$1.pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]
}

# process_start NAME CONFIG
process_start() {
	local name=$1
	process_running "$name" && return 0
	: >>"$var/$name.log"
	[ "$(id -u)" != 0 ] || chown postgres "$var/$name.log"
	(
		cd /
		exec 9>&-
		# shellcheck disable=SC2016 # $$ and the rest are the inner shell's
		as_cluster_user setsid sh -c 'echo $$; exec "$0" -c "$1" >>"$2" 2>&1 </dev/null' \
			"$var/bin/$name" "$2" "$var/$name.log" &
	) >"$var/$name.pid" 2>>"$var/$name.log" # nothing of ours, that a pipe may be waiting for
}

process_stop() {
	local name=$1 pid tries=0
	process_running "$name" || return 0
	pid=$(cat "$var/$name.pid")
	kill -TERM "$pid"
	while process_running "$name"; do
		tries=$((tries + 1))
		[ "$tries" -le 350 ] || die "$name ($pid) does not end" "kill -KILL $pid"
		sleep 0.1
	done
	rm -f "$var/$name.pid"
}

# ended NAME: ends quickstart with the last words of a process that did not stay.
ended() {
	die "$1 ended: $(tail -n 1 "$var/$1.log")" "see $var/$1.log"
}

# Between the start and the program there is a shell for a moment, so a process may be a little late to be itself.
wait_until_healthy() {
	local tries=0
	until PBC_CONFIG=$var/pbc.conf "$var/bin/pbc" --as finance health >/dev/null 2>"$var/failure" && process_running pbc-jobd; do
		tries=$((tries + 1))
		[ "$tries" -le 10 ] || process_running pbcd || ended pbcd
		[ "$tries" -le 10 ] || process_running pbc-jobd || ended pbc-jobd
		[ "$tries" -le 100 ] || die "the server does not answer: $(head -n 1 "$var/failure")" "see $var/pbcd.log; deploy/quickstart stop, then run this again"
		sleep 0.1
	done
}

service_start() {
	local admin
	say "starting a private PostgreSQL 15 in $var/cluster: Unix socket only, user $(cluster_user), checksums on"
	cluster_start "$var/cluster" 9>&- # the lock is not the cluster's
	say 'bringing the database to this version'
	admin="$(cluster_conninfo "$var/cluster") user=postgres"
	deploy/database "$admin" deploy/sample/people.sql >"$var/database.log" 2>&1 ||
		die "the migrations failed: $(grep -m 1 -i error "$var/database.log" || tail -n 1 "$var/database.log")" \
			"see $var/database.log; a database of a newer version needs the newer programs"
	say 'certificates: an authority, the server, one for each sample person'
	choose_port
	make_certificates
	make_patient_key
	install_programs
	write_configurations
	say "starting pbcd on localhost:$(service_port), and pbc-jobd"
	process_start pbcd "$var/pbcd.conf"
	process_start pbc-jobd "$var/pbc-jobd.conf"
	wait_until_healthy
}

service_stop() {
	process_stop pbcd
	process_stop pbc-jobd
	cluster_stop "$var/cluster"
}
