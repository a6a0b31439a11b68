#!/usr/bin/env bash
# Runs every isolation specification against a private PostgreSQL and compares what the sessions saw with isolation/expected.
# Usage: tests/sql/isolation_test.sh [--accept]
# With --accept it writes expected anew: read the difference before committing it.
set -euo pipefail

accept=${1:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/sql/isolation
# Of the postgresql-client package.
testers=(/usr/lib/postgresql/*/lib/pgxs/src/test/isolation/isolationtester)
tester=${testers[-1]}
work=$(mktemp -d /tmp/pbc-isolation-XXXXXX)
chmod 0755 "$work"
trap '"$root/tests/support/private_pg.sh" remove "$work/pg"; rm -rf "$work"' EXIT

conninfo=$("$root/tests/support/private_pg.sh" migrated "$work/pg")
psql -X -q -v ON_ERROR_STOP=1 -d "$conninfo" -f "$here/setup.sql"

specs=("$here"/specs/*.spec)
echo "1..${#specs[@]}"
number=0
failed=0
for spec in "${specs[@]}"; do
	number=$((number + 1))
	name=$(basename "$spec" .spec)
	"$tester" "$conninfo" <"$spec" >"$work/$name.out" 2>&1 || true
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
