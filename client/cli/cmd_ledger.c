/* ledger: balances, and the proof that the books agree. */
#include "client/cli/failure.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "pbc/v1/ledger.pb-c.h"

#define SERVICE &pbc__v1__ledger_service__descriptor
#define VERIFY_TIMEOUT_S 900

static const struct param balances_params[] = {
    {"year", "financial_year", "YEAR", "only this financial year, 2017/18", false},
    {0},
};

static const struct column balance_columns[] = {
    {.field = "account_code", .heading = "Account"},
    {.field = "name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "debit_pence", .heading = "Debit"},
    {.field = "credit_pence", .heading = "Credit"},
    {.field = "pending_debit_pence", .heading = "Pending debit"},
    {.field = "pending_credit_pence", .heading = "Pending credit"},
    {.field = "balance_pence", .heading = "Balance"},
    {0},
};

static const struct column total_columns[] = {
    {.field = "account_code", .heading = "Accounts"},
    {.field = "name", .heading = "How many"},
    {.field = "debit_pence", .heading = "Debit"},
    {.field = "credit_pence", .heading = "Credit"},
    {.field = "pending_debit_pence", .heading = "Pending debit"},
    {.field = "pending_credit_pence", .heading = "Pending credit"},
    {.field = "balance_pence", .heading = "Balance"},
    {0},
};

static const struct column sum_columns[] = {
    {.field = "debit_pence", .heading = "All debits"},
    {.field = "credit_pence", .heading = "All credits"},
    {0},
};

static const struct column check_columns[] = {
    {.field = "name", .heading = "Check"},
    {.field = "ok", .heading = "Holds"},
    {.field = "examined", .heading = "Examined"},
    {.field = "differences", .heading = "Differences"},
    {.field = "detail", .heading = "First difference", .flags = COLUMN_WRAP},
    {0},
};

static const struct view balances_view = {{
    {NULL, "balances", balance_columns, false},
    {"By sort of account", "totals", total_columns, false},
    {NULL, "", sum_columns, false},
}};
static const struct view verify_view = {{{NULL, "checks", check_columns, false}}};

static enum exit_code
ledger_verify(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	Pbc__V1__VerifyLedgerResponse *answer =
	    (Pbc__V1__VerifyLedgerResponse *)invocation_answer(invocation, &code);

	if (answer == NULL)
		return code;
	view_print(&verify_view, &answer->base, invocation->options.format);
	if (!answer->ok) {
		failure_note("the ledger does not agree with itself");
		code = EXIT_OTHER;
	}
	pbc__v1__verify_ledger_response__free_unpacked(answer, NULL);
	return code;
}

const struct command ledger_commands[] = {
    {"ledger", "balances", SERVICE, "ListBalances", balances_params, command_unary, &balances_view,
	0, "list every account's balance", NULL, "pbc ledger balances --year 2017/18"},
    {"ledger", "verify", SERVICE, "VerifyLedger", NULL, ledger_verify, &verify_view,
	VERIFY_TIMEOUT_S, "recompute the ledger and compare", "Exit code 1 when anything differs.",
	"pbc ledger verify"},
    {0},
};
