/* SettlementService: invoice against ledger, and the statements that come of it. */
#include "pbc/v1/settlement.pb-c.h"
#include "server/service/services.h"

#define SETTLEMENT_READERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_PROVIDER | ROLE_AUDITOR)
#define STATEMENT_READERS (ROLES_PRACTICE | ROLES_PCT | ROLE_PROVIDER | ROLE_AUDITOR)

static const struct rpc_row settlement_rows[] = {
    {
	.method = "RunSettlement",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id invoice_id",
    },
    {
	.method = "GetSettlement",
	.effect = RPC_READ,
	.roles = SETTLEMENT_READERS,
	.lane = DB_READ,
	.mandatory = "settlement_id",
    },
    {
	.method = "ListSettlements",
	.effect = RPC_READ,
	.roles = SETTLEMENT_READERS,
	.lane = DB_READ,
    },
    {
	.method = "ListDifferences",
	.effect = RPC_READ,
	.roles = SETTLEMENT_READERS,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "settlement_id reason",
    },
    {
	.method = "ApproveSettlement",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE | ROLE_PCT_APPROVER,
	.lane = DB_WRITE,
	.mandatory = "request_id settlement_id",
    },
    {
	.method = "GetStatement",
	.effect = RPC_READ,
	.roles = STATEMENT_READERS,
	.lane = DB_READ,
	.mandatory = "statement_id",
    },
    {
	.method = "ListStatements",
	.effect = RPC_READ,
	.roles = STATEMENT_READERS,
	.lane = DB_READ,
    },
    {
	.method = "WatchStatements",
	.kind = RPC_WATCH,
	.effect = RPC_READ,
	.roles = STATEMENT_READERS,
	.lane = DB_READ,
	.topic = "statement",
    },
};

const struct rpc_service settlement_service =
    RPC_SERVICE(&pbc__v1__settlement_service__descriptor, settlement_rows);
