#!/usr/bin/env bash
# The quickstart: a first run does the main job, a second repeats nothing, stop and clean leave nothing. What settlement finds is
# compared with what the sample's generator says it planted.
# shellcheck disable=SC2317,SC2119,SC2120 # ok calls the functions
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
PBC_VAR=$(mktemp -d /tmp/pbc-quickstart-XXXXXX)
export PBC_VAR PBC_CONFIG=$PBC_VAR/pbc.conf
chmod 0755 "$PBC_VAR"
log=$PBC_VAR.log
printed=$PBC_VAR.printed # by the commands of the README
reader=$PBC_VAR.reader
count=0
failed=0

cleanup() {
	"$root/deploy/quickstart" clean >/dev/null 2>&1
	rm -rf "$PBC_VAR" "$reader" "$log" "$log.stood" "$printed" "$printed.packages"
}
trap cleanup EXIT

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1 output
	shift
	count=$((count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		failed=1
		printf '%s\n' "$output" | tail -n 20 | sed 's/^/# /'
	fi
}

refuses_folder() {
	local output
	! output=$(PBC_VAR=$1 "$root/deploy/quickstart" stop 2>&1) && [ ! -e "$1" ] && [[ $output = *'set PBC_VAR to another path'* ]]
}

quickstart() {
	"$root/deploy/quickstart" "$@" >"$log" 2>&1 || { tail -n 8 "$log" && return 1; }
}

as() {
	"$PBC_VAR/bin/pbc" --as "$@"
}

# section STEP: what the first run printed of it.
section() {
	sed -n "/^$1\. /,/^$(($1 + 1))\. /p" "$log"
}

# Each step is done with these commands, and shows them and what they print.
does_all_steps() {
	local step commands command
	while IFS=: read -r step commands; do
		while read -r command; do
			section "$step" | grep -A 1 "^\$ pbc --as [a-z-]* $command" | sed -n '2{/^$/!p}' | grep -q . ||
				{ echo "step $step does not show $command" && return 1; }
		done < <(tr , '\n' <<<"$commands")
	done <<-'EOT'
		1:practice import,provider import,population import,tariff import,provider list
		2:contract submit,contract activate,contract list
		3:activity import,activity rejects,activity submissions,activity worklist,activity review,activity list
		4:budget run,budget issue,budget show,budget explain
		5:report financial-summary
		6:case create,case update .* --etag,case submit .* --etag,case decide .* --reasons,case list
		7:invoice submit,settlement run,settlement differences,settlement approve,settlement statement,ledger balances,ledger verify
	EOT
}

# The practice's watch, run as it is printed, tells the statement that the practice has.
shows_what_the_watch_told() {
	local watched
	section 7 | grep '^\$ pbc --as practice-a settlement watch --count 1 --timeout 60 &$' || return 1
	watched=$(section 7 | sed '1,/its watch printed:$/d; /^\$ /,$d')
	diff -B <(as practice-a settlement statement "$(as practice-a settlement statements --format csv | sed -n 2p | cut -d, -f1)") \
		<(echo "$watched")
}

# The figure that quickstart prints of the watched statement, less what the machine stood still at most.
statement_is_prompt() {
	local took stood
	took=$(sed -n 's/.*has its statement \([0-9]*\) ms.*/\1/p' "$log")
	read -r stood _ <"$log.stood"
	echo "$took ms, where the longest stop was $stood ms"
	[ -n "$took" ] && [ "$((took - stood))" -lt 1000 ]
}

# In under 20 s on a machine that has a processor for whatever wants one; where n wanted each on average, in n times that.
sample_loads_quickly() {
	local took wanted
	took=$(sed -n 's/^the sample PCT is loaded after \([0-9]*\) s$/\1/p' "$log")
	read -r _ wanted <"$log.stood"
	echo "$took s, where each processor was wanted by $wanted hundredths of a process"
	[ -n "$took" ] && [ "$((took * 100))" -lt "$((20 * (wanted > 100 ? wanted : 100)))" ]
}

# Line, record and reason of each difference of the invoice, from the settlement and from the truth file.
settlement_finds_what_was_planted() {
	local settlement
	settlement=$(as finance settlement list --format csv | sed -n 2p | cut -d, -f1)
	diff <(as finance settlement differences "$settlement" --reason 'comparing' --format csv | awk -F, 'NR > 1 { print $1 + 0, $2, $4 }' | sort) \
		<(awk -F, '$1 == "RZA" && $2 == "2017-07" { print $4 + 0, $5, $6 }' "$PBC_VAR/sample/truth/invoices.csv" | sort)
}

# How much there is of what a repeat might double.
counts() {
	for what in 'finance activity submissions' 'finance budget list' 'finance settlement list' 'hub contract list' \
		'provider invoice list' 'board case list' 'practice-a settlement statements'; do
		# shellcheck disable=SC2086 # words of a command
		echo "$what $(as $what --format csv | wc -l)"
	done
	as auditor ledger balances --format csv
}

# The commands of the README's examples and of its text, as a reader types them.
# shellcheck disable=SC2016 # marks of Markdown
readme_commands() {
	sed -n '/^```console/,/^```/p' "$root/README.md" | grep '^pbc '
	grep -o '`pbc [^`]*`' "$root/README.md" | tr -d '`' | sort -u
}

# In a shell of the checkout, where var/ is, which begins with what the README exports.
# shellcheck disable=SC2016 # a fence of Markdown
typed() {
	local exports
	exports=$(sed -n '/^```console/,/^```/p' "$root/README.md" | grep '^export ')
	mkdir -p "$reader"
	ln -sfn "$PBC_VAR" "$reader/var"
	printf '\f\n' >>"$printed"
	env -u PBC_CONFIG -C "$reader" bash -c "$exports"$'\n'"$1" | sed 's/ *$//' | tee -a "$printed"
}

# Each of the README's samples of output is what a command printed, whole but for the lines in whose place there is "...".
readme_shows_what_is_printed() {
	python3 - "$root/README.md" "$printed" <<-'EOT'
		import re, sys
		readme, printed = (open(name).read() for name in sys.argv[1:])
		tour = readme[readme.index("\n## Five minutes"):readme.index("\n## How it works")]
		samples = re.findall(r"^```text\n(.*?)^```$", tour, re.S | re.M)
		missing = [sample for sample in samples if not re.search("\f\n" + "".join(
		    r"(?:[^\f\n]*\n)+" if line == "..." else re.escape(line) + "\n" for line in sample.splitlines()) + "\f", printed + "\f")]
		print(*missing, sep="\n")
		sys.exit(len(samples) < 4 or bool(missing))
	EOT
}

# How many counts of records from 1 to 4 an answer has; a variance is a difference, not a count.
few() {
	as "$@" --format json | jq '[paths(scalars) as $path | select($path[-1] == "activity" and ($path[-2] | tostring | test("variance") | not))
		| getpath($path) | tonumber | fabs | select(1 <= . and . <= 4)] | length' || echo "failed: $*"
}

few_in_summaries() {
	local by
	for by in provider pod specialty chapter hrg practice; do
		few "$@" --year 2017/18 --to 2017-07 --by "$by"
	done
}

# In every summary of the PCT and of a practice, a budget, and the statement of a provider, which is of many practices.
small_counts_stay_in_the_practice() {
	local outside own
	outside=$({
		few_in_summaries finance report financial-summary
		few_in_summaries board report financial-summary --practice Z97001
		few auditor budget show --practice Z97001 --year 2017/18
		few provider settlement statement "$(as provider settlement statements --format csv | sed -n 2p | cut -d, -f1)"
	} | sort -u)
	own=$(few practice-a budget show --year 2017/18)
	echo "outside: $outside; the practice's own: $own"
	[ "$outside" = 0 ] && [ "$own" -gt 0 ]
}

is_quick() {
	local began=$SECONDS
	quickstart || return 1
	echo "$((SECONDS - began)) s"
	[ $((SECONDS - began)) -lt 30 ]
}

# Killed while it makes the cluster: there is none then, rather than one that listens on PostgreSQL's own port.
cut_short() {
	local pid
	"$root/deploy/quickstart" >"$log" 2>&1 &
	pid=$!
	until [ -d "$PBC_VAR/cluster/data.new/base" ]; do
		kill -0 "$pid" || { tail -n 8 "$log" && return 1; }
		sleep 0.02
	done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	[ ! -e "$PBC_VAR/cluster/data" ] && flock -w 60 "$PBC_VAR/lock" true
}

# Until it is told to end: the longest time in milliseconds for which this process was kept from running when it could, and by how many
# hundredths of a process each processor was wanted on average, without this one.
crowd() {
	exec python3 -c '
import os, signal, sys, time
longest = looks = wanted = 0
def end(*_):
    print(round(longest * 1000), round(100 * wanted / max(looks, 1) / len(os.sched_getaffinity(0))))
    sys.exit()
signal.signal(signal.SIGTERM, end)
while True:
    begun = time.monotonic()
    time.sleep(0.01)
    longest = max(longest, time.monotonic() - begun - 0.01)
    with open("/proc/loadavg") as file:
        wanted += int(file.read().split()[3].split("/")[0]) - 1
    looks += 1'
}

first_run() {
	local meter status
	crowd >"$log.stood" &
	meter=$!
	(umask 077 && quickstart)
	status=$?
	kill "$meter"
	wait "$meter"
	return "$status"
}

# The commands that quickstart says to try next, in a shell of their own.
next_steps_work() {
	local steps
	steps=$(sed -n '/To go on:/,/^Parties/ { s/^  //p }' "$log")
	[ "$(wc -l <<<"$steps")" -ge 5 ] && env -u PBC_CONFIG bash -e -o pipefail -c "$steps"
}

# in_database STATEMENT: as the superuser, in the database of the servers' configurations.
in_database() {
	psql -XAtq -d "$(sed -n 's/^database = "\(.*\) user=.*/\1/p' "$PBC_VAR/pbcd.conf") user=postgres" -c "$1"
}

database_is_private() {
	local user=postgres answer
	[ "$(id -u)" = 0 ] || user=$(id -un)
	answer=$(in_database "SELECT current_setting('data_checksums'), current_setting('listen_addresses'), current_setting('fsync'),
		current_setting('port') <> '5432'")
	echo "$answer $(stat -c %U "$PBC_VAR/cluster/data")"
	[ "$answer" = 'on||on|t' ] && [ ! -e "$PBC_VAR/cluster/.s.PGSQL.5432" ] && [ "$(stat -c %U "$PBC_VAR/cluster/data")" = "$user" ] && [ "$user" != root ]
}

# The libraries that the programs ask for are of packages that packages.txt has where nothing is built.
libraries_are_listed() {
	local program
	for program in pbcd pbc-jobd pbc; do
		readelf -d "$PBC_VAR/bin/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
	done | sort -u | grep -v '^libc\.so' | while read -r library; do
		dpkg -S "*/$library" | cut -d: -f1
	done | sort -u >"$printed.packages"
	[ -s "$printed.packages" ] && ! grep -vxFf <(sed -n '/^# Run/,$ { s/ *#.*//; p }' "$root/deploy/packages.txt") "$printed.packages"
}

# Ten digits in a row that begin with 999: the test numbers of the sample.
logs_name_no_patient() {
	! grep -E '(^|[^0-9])999[0-9]{7}([^0-9]|$)' "$PBC_VAR"/*.log "$PBC_VAR/cluster/log" "$log"
}

# No process has the folder in its command line.
nothing_runs() {
	local file
	for file in /proc/[0-9]*/cmdline; do
		if grep -qsF "$PBC_VAR" "$file"; then
			tr '\0' ' ' <"$file"
			return 1
		fi
	done
}

# Another program has the port. What reads the output through a pipe sees its end, though the server goes on.
starts_beside_another() {
	local port other status=0
	port=$(cat "$PBC_VAR/port")
	python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1 &
	other=$!
	until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
	# shellcheck disable=SC2016 # the inner shell's
	timeout 60 bash -c '"$0" 2>&1 | cat' "$root/deploy/quickstart" >"$log" || status=1
	quickstart --once || status=1
	kill "$other"
	[ "$(cat "$PBC_VAR/port")" != "$port" ] || status=1
	return "$status"
}

# On PostgreSQL's own port, as earlier versions started it.
# shellcheck disable=SC2016 # the inner shell's
uses_older_cluster() {
	env -C "$root" bash -c '. deploy/lib.sh; cd /; as_cluster_user "$(cluster_program pg_ctl)" start -D "$0/data" -l "$0/log" -w' \
		"$PBC_VAR/cluster" >"$log" || return 1
	quickstart && quickstart stop && quickstart && database_is_private && quickstart stop
}

# says WORDS COMMAND...: it fails, and among its words are these.
says() {
	local words=$1 output
	shift
	if output=$("$@" 2>&1); then
		return 1
	fi
	echo "$output"
	grep -q "$words" <<<"$output" && grep -q '^what to do: ' <<<"$output"
}

# A run that is ended half-way says how to go on, and with --once stops what it has started.
ends_early() {
	local pid status=0
	"$root/deploy/quickstart" --once >"$log" 2>&1 &
	pid=$!
	until grep -q '^2\. ' "$log"; do
		kill -0 "$pid" || { tail -n 8 "$log" && return 1; }
		sleep 0.1
	done
	kill -TERM "$pid"
	wait "$pid" || status=$?
	tail -n 2 "$log"
	[ "$status" = 143 ] && tail -n 1 "$log" | grep -q 'run this again to go on' && nothing_runs
}

says_who_is_at_work() {
	says 'another quickstart (process [0-9]*) is at work' flock "$PBC_VAR/lock" "$root/deploy/quickstart" "$@"
}

other_postgresql() {
	local file=$PBC_VAR/cluster/data/PG_VERSION status=0
	echo 14 >"$file"
	says 'is of PostgreSQL 14' "$root/deploy/quickstart" --once || status=1
	echo 15 >"$file"
	return "$status"
}

other_owner() {
	local status=0
	chown root "$PBC_VAR/cluster"
	says 'the database in .* is of root' "$root/deploy/quickstart" || status=1
	chown postgres "$PBC_VAR/cluster"
	return "$status"
}

out_of_reach() {
	local status=0
	chmod 0700 "$PBC_VAR"
	says "user postgres cannot reach $PBC_VAR" "$root/deploy/quickstart" || status=1
	chmod 0755 "$PBC_VAR"
	return "$status"
}

# The programs are older than the database.
# shellcheck disable=SC2016 # the inner shell's
newer_database() {
	local status=0
	env -C "$root" bash -c '. deploy/lib.sh; var=$PBC_VAR; cluster_start "$var/cluster"'
	in_database "UPDATE sqitch.changes SET change_id = md5(change_id), change = 'later' WHERE
		committed_at = (SELECT max(committed_at) FROM sqitch.changes)" || status=1
	says 'Cannot find change .*later' "$root/deploy/quickstart" --once || status=1
	return "$status"
}

# apt-get update is content with what it had when it cannot reach anything; then there is nothing to install.
no_network() {
	mkdir -p "$reader/bin"
	# shellcheck disable=SC2016 # the script's own
	printf '#!/bin/sh\n[ "$2" = update ] || { echo "E: no candidate"; exit 100; }\n' >"$reader/bin/apt-get"
	chmod +x "$reader/bin/apt-get"
	echo a-package-that-is-not-there >"$reader/packages.txt"
	# shellcheck disable=SC2016 # the inner shell's
	says 'no candidate' env PATH="$reader/bin:$PATH" bash -c '. "$0/deploy/lib.sh"; install_packages "$1/apt.log" "$1/packages.txt"' \
		"$root" "$reader" | grep 'check the network'
}

# Anything else libpq would take for the name of a database on the machine's own server.
applies_to_a_connection_string_alone() {
	local word output
	for word in --verbose pbc ''; do
		if output=$("$root/migrations/apply" "$word" 2>&1) || [[ $output != 'usage: '* ]]; then
			echo "'$word': $output"
			return 1
		fi
	done
	output=$("$root/migrations/apply" --help) && [[ $output = 'usage: '* ]]
}

# As deploy/README.md installs them.
installs() {
	local file
	cmake --build "$root/build/release" --target pbc_manual && cmake --install "$root/build/release" --prefix "$reader/usr" || return 1
	for file in bin/pbc bin/pbcd bin/pbc-jobd share/man/man1/pbc.1 share/bash-completion/completions/pbc; do
		[ -s "$reader/usr/$file" ] || { echo "no $file" && return 1; }
	done
	"$reader/usr/bin/pbc" --help
}

# benchmark NAME: so short that its figures mean nothing.
benchmark() {
	env -u PBC_CONFIG PBC_BUILD=build/release "$root/tests/bench/run" "$1" --rows 2000 --brief | grep '^ratio '
}

says_that_nothing_runs() {
	PBC_VAR=$PBC_VAR-none "$root/deploy/quickstart" "$1" | grep -q 'nothing runs' && [ ! -e "$PBC_VAR-none" ]
}

is_empty() {
	[ ! -e "$PBC_VAR" ] || [ -z "$(ls -A "$PBC_VAR")" ] || { ls -A "$PBC_VAR" && return 1; }
}

ok 'a folder that connection strings cannot name is refused' refuses_folder "$PBC_VAR with spaces"
ok 'and one too long for a socket' refuses_folder "$PBC_VAR-$(printf '%080d' 0)"
ok 'a run that is killed leaves no cluster with other settings' cut_short
ok 'a first run ends well, whatever the umask' first_run
ok 'and does all seven steps, each with its commands and what they print' does_all_steps
ok 'the watch tells the practice its statement' shows_what_the_watch_told
ok 'the sample PCT is loaded in under 20 s of a machine that is not crowded' sample_loads_quickly
ok 'what it says to try next works' next_steps_work
ok 'a statement reaches the practice within a second of the approval' statement_is_prompt
ok 'settlement finds exactly the differences that were planted' settlement_finds_what_was_planted
ok 'the books balance and verify' as auditor ledger verify
ok 'no count from 1 to 4 leaves the practice' small_counts_stay_in_the_practice
ok 'PostgreSQL has checksums, no network, not the port 5432, and is not root' database_is_private
ok 'where nothing is built, packages.txt has the libraries' libraries_are_listed
before=$(counts)
ok 'a second run ends well within 30 s' is_quick
after=$(counts)
ok 'and makes nothing twice' diff <(echo "$before") <(echo "$after")
ok 'the books still verify' as auditor ledger verify
while read -r command; do
	ok "README: $command" typed "$command"
done < <(readme_commands)
ok 'README: the output is as shown' readme_shows_what_is_printed
ok 'no log names a patient' logs_name_no_patient
ok 'stop' quickstart stop
ok 'leaves nothing running' nothing_runs
ok 'what was kept starts again, on another port if its own is taken; --once stops it' starts_beside_another
ok 'so that nothing runs' nothing_runs
ok 'a cluster that runs on port 5432 is used as it is, and gets another when it is started again' uses_older_cluster
ok 'a run ended early says how to go on, and with --once leaves nothing running' ends_early
ok 'two at once: the second is told' says_who_is_at_work --once
ok 'and so is who wants to stop it' says_who_is_at_work stop
ok 'a cluster of another PostgreSQL is told' other_postgresql
if [ "$(id -u)" = 0 ]; then
	ok 'and one of another user' other_owner
	ok 'and a folder that the servers cannot reach' out_of_reach
	ok 'and packages that cannot be had' no_network
fi
ok 'and a database of a newer version' newer_database
ok 'clean' quickstart clean
ok 'leaves nothing behind' is_empty
ok 'stop where nothing was made says so and makes nothing' says_that_nothing_runs stop
ok 'and so does clean' says_that_nothing_runs clean
# shellcheck disable=SC2016 # the inner shell's
ok 'a disk without room is told before it is full' \
	says 'MB are free on the disk of /tmp' bash -c '. "$0/deploy/lib.sh"; require_room /tmp 99999999' "$root"
if [ "$(id -u)" = 0 ]; then
	ok 'a person who may not become root is told so' says root runuser -u nobody -- bash -c \
		"$(sed -n '/^die() {/,/^}/p; /^require_root() {/,/^}/p' "$root/deploy/lib.sh"); red='' plain=''; require_root"
fi
ok 'migrations/apply asks for a connection string' applies_to_a_connection_string_alone
ok 'programs, manual page and completion are installed in their places' installs
for name in rpc import minute pricing; do
	ok "README: tests/bench/run $name" benchmark "$name"
done
echo "1..$count"
exit $failed
