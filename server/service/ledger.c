/* LedgerService: the books and their proof. */
#include "pbc/v1/ledger.pb-c.h"
#include "server/service/services.h"

#define LEDGER_READERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_AUDITOR | ROLE_OPERATOR)

static const struct rpc_row ledger_rows[] = {
    {
	.method = "ListBalances",
	.effect = RPC_READ,
	.roles = LEDGER_READERS,
	.lane = DB_READ,
    },
    {
	.method = "VerifyLedger",
	.effect = RPC_READ,
	.roles = LEDGER_READERS,
	.lane = DB_SLOW,
    },
};

const struct rpc_service ledger_service =
    RPC_SERVICE(&pbc__v1__ledger_service__descriptor, ledger_rows);
