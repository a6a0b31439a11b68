#!/usr/bin/env bash
# The server as buf curl sees it: gRPC and gRPC-Web, with the API's sources and by reflection.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
if [ -z "${STACK_CONNINFO:-}" ]; then
	exec /usr/bin/python3 "$root/tests/support/stack.py" run "$0"
fi

buf=$root/tests/support/buf
count=0
failed=0

ok() { # PASSED NAME OUTPUT
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failed=1
		echo "not ok $count - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# holds NAME TEXT COMMAND...: the command's output, standard error included, holds TEXT.
holds() {
	local name=$1 text=$2 output
	shift 2
	output=$("$@" 2>&1)
	case $output in
	*"$text"*) ok 0 "$name" ;;
	*) ok 1 "$name" "$output" ;;
	esac
}

# shellcheck disable=SC2317 # called by holds
call() { # USER PROTOCOL METHOD BODY [option]...
	local user=$1 protocol=$2 method=$3 body=$4
	shift 4
	"$buf" curl --protocol "$protocol" --cacert "$PBC_CA" --cert "$PBC_CERTS/$user.pem" --key "$PBC_CERTS/$user.key" \
		"$@" -d "$body" "https://$PBC_SERVER/$method"
}

# An operation is queued, and ends when the watch has told so: messages arrive one by one, and the last closes the stream.
# shellcheck disable=SC2317 # called by holds
watched() { # PROTOCOL
	local operation told status=0 watch
	told=$(mktemp /tmp/pbc-buf-XXXXXX)
	operation=$(psql -XAtq -d "$STACK_CONNINFO" -c "INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params,
		organisation_code, user_id, created_at) VALUES ('5XZ', gen_random_uuid(), 'import_tariff', 'queued', '{}', '5XZ', 'finance', now())
		RETURNING operation_id")
	call finance "$1" pbc.v1.OperationService/WatchOperation "{\"operationId\": \"$operation\"}" "${schema[@]}" >"$told" 2>&1 &
	watch=$!
	until grep -q OPERATION_STATE_QUEUED "$told" || ! kill -0 "$watch" 2>/dev/null; do sleep 0.05; done
	psql -Xq -d "$STACK_CONNINFO" -c "UPDATE job.operation SET state = 'succeeded', ended_at = now() WHERE operation_id = '$operation'" \
		-c "NOTIFY pbc, 'operation'"
	wait "$watch" || status=$?
	echo "$(grep -o 'OPERATION_STATE_[A-Z]*' "$told" | xargs), status $status"
	[ "$status" = 0 ] || cat "$told"
	rm "$told"
}

schema=(--schema "$root/proto")
for protocol in grpc grpcweb; do
	holds "$protocol: a read is answered" '"ok"' \
		call auditor "$protocol" pbc.v1.LedgerService/VerifyLedger '{}' "${schema[@]}"
	holds "$protocol: what is not there is not found" not_found \
		call gp-a "$protocol" pbc.v1.BudgetService/GetBudget \
		'{"practiceCode": "X00001", "financialYear": "2017/18"}' "${schema[@]}"
	holds "$protocol: the refusal's details arrive" google.rpc.ErrorInfo \
		call gp-a "$protocol" pbc.v1.BudgetService/GetBudget \
		'{"practiceCode": "X00001", "financialYear": "2017/18"}' "${schema[@]}"
	holds "$protocol: a stream ends with its status" not_found \
		call finance "$protocol" pbc.v1.OperationService/WatchOperation \
		'{"operationId": "00000000-0000-4000-8000-000000000001"}' "${schema[@]}"
	holds "$protocol: a stream tells what changes, and ends well" 'OPERATION_STATE_QUEUED OPERATION_STATE_SUCCEEDED, status 0' watched "$protocol"
	holds "$protocol: health" SERVING \
		call gp-a "$protocol" grpc.health.v1.Health/Check '{}' "${schema[@]}"
done
holds "by reflection alone" not_found \
	call gp-a grpc pbc.v1.BudgetService/GetBudget '{"practiceCode": "X00001", "financialYear": "2017/18"}'
holds "reflection lists the services" pbc.v1.SettlementService \
	"$buf" curl --protocol grpc --cacert "$PBC_CA" --cert "$PBC_CERTS/gp-a.pem" --key "$PBC_CERTS/gp-a.key" \
	--list-services "https://$PBC_SERVER"

echo "1..$count"
exit $failed
