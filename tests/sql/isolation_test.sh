#!/usr/bin/env bash
# Runs every isolation specification against a database that is made for it and dropped, and compares what the sessions saw with
# isolation/expected. With --accept it writes expected anew: read the difference before committing it.
# Usage: PBC_CONNINFO='host=/run/postgresql user=postgres' tests/sql/isolation_test.sh [--accept]
set -euo pipefail

# The server of the conninfo; the database is our own.
server=$(printf '%s' "${PBC_CONNINFO:?names the server}" | sed 's/ *dbname=[^ ]*//')
accept=${1:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/sql/isolation
# Of the postgresql-client package.
testers=(/usr/lib/postgresql/*/lib/pgxs/src/test/isolation/isolationtester)
tester=${testers[-1]}
database=pbc_isolation_$$
work=$(mktemp -d)
psql() { command psql -X -q -v ON_ERROR_STOP=1 "$@"; }
trap 'psql -d "$server dbname=postgres" -c "DROP DATABASE IF EXISTS $database"; rm -rf "$work"' EXIT

psql -d "$server dbname=postgres" -c "CREATE DATABASE $database"
"$root/migrations/apply" "$server dbname=$database"
psql -d "$server dbname=$database" -f "$here/setup.sql"

specs=("$here"/specs/*.spec)
echo "1..${#specs[@]}"
number=0
failed=0
for spec in "${specs[@]}"; do
	number=$((number + 1))
	name=$(basename "$spec" .spec)
	"$tester" "$server dbname=$database" <"$spec" >"$work/$name.out" 2>&1 || true
	if [ "$accept" = --accept ]; then
		cp "$work/$name.out" "$here/expected/$name.out"
	fi
	if diff -u "$here/expected/$name.out" "$work/$name.out" >"$work/difference"; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/difference"
		echo "not ok $number - $name"
		failed=1
	fi
done
exit $failed
