# shellcheck shell=bash
# The main job through pbc, each step as the party whose job it is. Sourced by quickstart after lib.sh, never run.
# shellcheck disable=SC2154 # var, root, bold, dim, plain are of the scripts that source this

readonly year=2017/18 month=2017-07 next_month=2017-08 practice=Z97001 main_provider=RZA
invoice_number=$main_provider/$month

# request_id STEP: the same UUID (version 5) for the same step, so that a second run gets the first answer.
request_id() {
	local h
	h=$(printf 'pbc quickstart %s' "$1" | sha1sum)
	echo "${h:0:8}-${h:8:4}-5${h:13:3}-8${h:17:3}-${h:20:12}"
}

# as PARTY ARGUMENT...: shows the command and what the party sees.
as() {
	local party=$1
	shift
	printf '\n%s$ pbc --as %s %s%s\n' "$bold" "$party" "$(shown "$@")" "$plain"
	pbc --as "$party" "$@"
}

# The arguments as one would type them, without what only a repeatable script needs.
shown() {
	local words=() skip=
	for word in "$@"; do
		if [ -n "$skip" ]; then
			skip=
		elif [ "$word" = --request-id ]; then
			skip=1
		else
			case $word in
			*[!A-Za-z0-9_./=-]*) words+=("'$word'") ;;
			*) words+=("${word#"$root"/}") ;;
			esac
		fi
	done
	echo "${words[*]}"
}

# quietly PARTY ARGUMENT...: the answer as JSON; a failure ends quickstart.
quietly() {
	local party=$1 answer
	shift
	answer=$(pbc --as "$party" "$@" --format json 2>"$var/failure") ||
		die "pbc --as $party $(shown "$@") failed: $(grep -m 1 error: "$var/failure" || head -n 1 "$var/failure")" "$(walk_remedy)"
	printf '%s\n' "$answer"
}

# must PARTY ARGUMENT...: as, and a failure ends quickstart.
must() {
	as "$@" || die "the step above failed as $1" "$(walk_remedy)"
}

# refused PARTY STATUS ARGUMENT...: as, where the refusal is the point.
refused() {
	local party=$1 expected=$2 status=0
	shift 2
	as "$party" "$@" || status=$?
	[ "$status" = "$expected" ] ||
		die "this should have been refused with exit code $expected, and ended with $status" "$(walk_remedy)"
}

walk_remedy() {
	echo "see $var/pbcd.log and $var/pbc-jobd.log; to begin afresh: deploy/quickstart clean, then deploy/quickstart"
}

# result STEP PARTY ARGUMENT...: what the operation of a step made. A repeat of its request id gives the first answer.
result() {
	local step=$1
	shift
	quietly "$@" --request-id "$(request_id "$step")" | jq -er .operation.result_id
}

# manifest PERIODS PHASE: lines "file provider period phase" of the activity in the sample's manifest.
manifest() {
	awk -F, -v periods="$1" -v phase="$2" '$1 == "activity" && $4 ~ periods && $5 == phase { print $2, $3, $4, $5 }' \
		"$var/sample/manifest.csv"
}

# load_activity PERIODS PHASE WORDS: imports the files that are not there yet, without a word about each.
load_activity() {
	local line file provider period phase count=0 known files
	known=$(quietly finance activity submissions | jq -r '.submissions[].file_name')
	mapfile -t files < <(manifest "$1" "$2")
	for line in "${files[@]}"; do
		read -r file provider period phase <<<"$line"
		count=$((count + 1))
		grep -qxF "${file##*/}" <<<"$known" && continue
		[ ! -t 1 ] || printf '\r%s%s: file %d of %d%s' "$dim" "$3" "$count" "${#files[@]}" "$plain"
		quietly finance activity import "$var/sample/$file" --provider "$provider" --period "$period" --phase "$phase" \
			--request-id "$(request_id "$file")" >/dev/null
	done
	[ ! -t 1 ] || printf '\r'
	say "$3: ${#files[@]} files"
}

walk_reference() {
	local sample=$var/sample/reference
	heading '1. Finance loads practices, providers, populations and prices'
	must finance practice import "$sample/practices.csv" --request-id "$(request_id practices)"
	must finance provider import "$sample/providers.csv" --request-id "$(request_id providers)"
	must finance population import "$sample/populations.csv" --request-id "$(request_id populations)"
	quietly finance weighting import "$sample/weightings.csv" --request-id "$(request_id weightings)" >/dev/null
	quietly finance tariff import "$sample/tariff-2016-17.csv" --year 2016/17 --request-id "$(request_id tariff-2016)" >/dev/null
	must finance tariff import "$sample/tariff-2017-18.csv" --year "$year" --request-id "$(request_id tariff-2017)"
	must finance provider list
}

walk_contract() {
	local contracts=$var/sample/contracts contract folder id
	heading '2. The hub submits the contracts, the approver puts them in force'
	must hub contract submit "$contracts/$main_provider" --request-id "$(request_id "contract-$main_provider")"
	contract=$(result "contract-$main_provider" hub contract submit "$contracts/$main_provider")
	say 'the hub submits contracts and cannot activate any:'
	refused hub 4 contract activate "$contract"
	must approver contract activate "$contract" --request-id "$(request_id "activate-$main_provider")"
	for folder in "$contracts"/*/; do
		folder=${folder%/}
		[ "${folder##*/}" != "$main_provider" ] || continue
		id=$(result "contract-${folder##*/}" hub contract submit "$folder")
		quietly approver contract activate "$id" --request-id "$(request_id "activate-${folder##*/}")" >/dev/null
	done
	must provider contract list
}

walk_activity() {
	local file=$var/sample/activity/${main_provider}_${month} flex
	local flex_request freeze_request
	flex_request=$(request_id "activity/${main_provider}_${month}_flex.csv")
	freeze_request=$(request_id "activity/${main_provider}_${month}_freeze.csv")
	heading '3. Finance takes in activity: last year, then this year month by month'
	load_activity '^(2016-..|2017-0[1-3])$' freeze 'activity of 2016/17, final'
	load_activity '^2017-0[4-6]$' freeze 'activity of April to June 2017, final'
	load_activity "^$month\$" flex 'activity of July 2017, first version (flex)'
	say 'the first version of one provider and month once more, to see the answer:'
	must finance activity import "${file}_flex.csv" --provider "$main_provider" --period "$month" --phase flex \
		--rejects "$var/rejects.csv" --request-id "$flex_request"
	flex=$(quietly finance activity submissions --provider "$main_provider" --period "$month" |
		jq -er '.submissions[] | select(.phase == "PHASE_FLEX") | .submission_id')
	must finance activity rejects "$flex" --reason 'to mend and send again'
	say 'the same bytes under a new request are taken in once:'
	must finance activity import "${file}_flex.csv" --provider "$main_provider" --period "$month" --phase flex \
		--request-id "$(request_id flex-again)"
	say 'the final version closes the month:'
	must finance activity import "${file}_freeze.csv" --provider "$main_provider" --period "$month" --phase freeze \
		--request-id "$freeze_request"
	load_activity "^$month\$" freeze 'activity of July 2017, final (freeze)'
	must provider activity submissions --period "$month"
	walk_review
}

walk_review() {
	local validation=(--period "$month" --reason "validation of $month") query record provider review pence
	say 'the practice looks at its dearest records and queries the first:'
	must practice-a activity worklist "${validation[@]}" --limit 5
	read -r record provider < <(quietly practice-a activity worklist "${validation[@]}" --limit 1 |
		jq -er '.items[0].record | "\(.record_id) \(.provider_code)"')
	query=(activity review "$record" --period "$month" --provider "$provider" --query not-our-patient
		--note 'nobody of ours was there that day' --request-id "$(request_id query)")
	must practice-a "${query[@]}"
	read -r review pence < <(quietly practice-a "${query[@]}" | jq -er '.reviews[0] | "\(.review_id) \(.price_pence)"')
	walk_adjustment "$record" "$provider"
	say 'the query is upheld, with what it recovered:'
	must finance activity resolve "$review" --outcome upheld --recovered "$((pence / 100)).$(printf %02d $((pence % 100)))" \
		--reason "the trust withdrew it in $next_month" --request-id "$(request_id resolution)"
}

# The month is closed, so the next one takes the record back.
walk_adjustment() {
	local record=$1 provider=$2
	printf 'net_change,record_id,dataset,practice_code,sex,age\nD,%s,,,,\n' "$record" >"$var/adjustment.csv"
	say 'the trust finds that it was a patient of another PCT and withdraws the record, as an adjustment in the next month:'
	must finance activity import "$var/adjustment.csv" --provider "$provider" --period "$next_month" --phase adjustment \
		--request-id "$(request_id adjustment)"
	must practice-a activity list --practice "$practice" --period "$next_month" --reason "validation of $month"
}

walk_budget() {
	local budget line
	heading '4. Finance derives the budgets, the approver issues them, the practice asks why'
	must finance budget run --year "$year" --request-id "$(request_id budget-run)"
	budget=$(result budget-run finance budget run --year "$year")
	must approver budget issue "$budget" --request-id "$(request_id budget-issue)"
	must practice-a budget show
	line=$(quietly practice-a budget show --practice "$practice" --year "$year" | jq -er '.budget.lines | max_by(.cost_pence | tonumber) | .line_id')
	must practice-a budget explain "$line" --practice "$practice" --year "$year"
	say 'another practice does not get to see it:'
	refused practice-b 3 budget show --practice "$practice" --year "$year"
}

walk_report() {
	heading '5. The Financial Summary, for the practice and for the whole PCT'
	must practice-a report financial-summary --practice "$practice" --year "$year" --to "$month"
	must finance report financial-summary --year "$year" --to "$month" --pod all --by pod
}

# case_step STEP PARTY ARGUMENT...: must, and a repeat of its request id tells the case and the etag to go on with.
case_step() {
	local step=$1 answer
	shift
	must "$@" --request-id "$(request_id "$step")"
	answer=$(quietly "$@" --request-id "$(request_id "$step")")
	case=$(jq -er .business_case.case_id <<<"$answer")
	etag=$(jq -er .business_case.etag <<<"$answer")
}

walk_case() {
	local case etag
	heading '6. The practice proposes a service, the board decides'
	case_step proposal-create practice-a case create --practice "$practice" --file deploy/sample/case.json
	say 'the practice puts the start off; the etag is that of the case as it read it, and another would be refused:'
	case_step proposal-update practice-a case update "$case" --etag "$etag" --start 2017-11-01
	case_step proposal-submit practice-a case submit "$case" --etag "$etag"
	say 'the board decides, with reasons:'
	case_step proposal-decide board case decide "$case" --etag "$etag" --decision approve-with-conditions \
		--reasons 'Sound pathway, and the saving is larger than the cost.' \
		--conditions 'Report waiting times and conversion each quarter.'
	must practice-a case list
}

walk_invoice() {
	local file number total
	read -r file _ _ number total < <(awk -F, -v n="$invoice_number" \
		'$1 == "invoice" && $6 == n { print $2, $3, $4, $6, $8 }' "$var/sample/manifest.csv")
	echo invoice submit "$var/sample/$file" --provider "$main_provider" --period "$month" --number "$number" \
		--total "$total" --kind reconciliation
}

# milliseconds since some fixed moment
now_ms() {
	local now=$EPOCHREALTIME
	echo $((${now%[.,]*} * 1000 + 10#${now#*[.,]} / 1000))
}

# Approves while the practice watches; the statement is there within a second of the approval.
approve_watched() {
	local settlement=$1 watch=(practice-a settlement watch --count 1 --timeout 60) watcher asked tries=0
	: >"$var/statement"
	printf '\n%s$ pbc --as %s &%s\n' "$bold" "${watch[*]}" "$plain"
	pbc --as "${watch[@]}" >"$var/statement" 2>"$var/failure" &
	watcher=$!
	sleep 0.5
	asked=$(now_ms)
	must approver settlement approve "$settlement" --request-id "$(request_id settlement-approve)"
	until [ -s "$var/statement" ]; do
		tries=$((tries + 1))
		[ "$tries" -le 500 ] || break
		sleep 0.01
	done
	if [ -s "$var/statement" ]; then
		say "the practice has its statement $(($(now_ms) - asked)) ms after the approval was sent; its watch printed:"
		wait "$watcher" || die "the watch ended early: $(head -n 1 "$var/failure")" "$(walk_remedy)"
		cat "$var/statement"
	else
		kill "$watcher" 2>/dev/null || true
		die 'no statement arrived' "$(walk_remedy)"
	fi
}

walk_settlement() {
	local submit invoice settlement state statement
	heading '7. The provider bills, finance matches, the approver pays what is undisputed'
	read -r -a submit <<<"$(walk_invoice)"
	must provider "${submit[@]}" --request-id "$(request_id invoice)"
	invoice=$(result invoice provider "${submit[@]}")
	must finance settlement run "$invoice" --request-id "$(request_id settlement-run)"
	settlement=$(result settlement-run finance settlement run "$invoice")
	must finance settlement differences "$settlement" --limit 12 --reason "invoice of $month"
	state=$(quietly finance settlement show "$settlement" | jq -er .settlement.state)
	if [ "$state" = SETTLEMENT_STATE_APPROVED ]; then
		say 'this settlement was approved in an earlier run:'
		must approver settlement show "$settlement"
	else
		approve_watched "$settlement"
	fi
	statement=$(quietly practice-a settlement statements | jq -er '.statements[0].statement_id')
	must practice-a settlement statement "$statement"
	must auditor ledger balances --year "$year"
	must auditor ledger verify
}

walk() {
	local started=$SECONDS
	export PBC_CONFIG=$var/pbc.conf PATH=$var/bin:$PATH
	walk_reference
	walk_contract
	walk_activity
	say "the sample PCT is loaded after $((SECONDS - started)) s"
	walk_budget
	walk_report
	walk_case
	walk_settlement
}
