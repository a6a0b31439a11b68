/*
 * BudgetService: indicative budgets, derived by finance, issued by finance or an approver, read by
 * practices.
 */
#include "pbc/v1/budget.pb-c.h"
#include "server/service/services.h"

#define BUDGET_READERS (ROLES_PRACTICE | ROLES_PCT | ROLE_AUDITOR)
#define BUDGET_ISSUERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER)

static const struct rpc_row budget_rows[] = {
    {
	.method = "RunBudget",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id financial_year",
    },
    {
	.method = "IssueBudget",
	.effect = RPC_WRITE,
	.roles = BUDGET_ISSUERS,
	.lane = DB_WRITE,
	.mandatory = "request_id budget_id",
    },
    {
	.method = "GetBudget",
	.effect = RPC_READ,
	.roles = BUDGET_READERS,
	.lane = DB_READ,
    },
    {
	.method = "ListBudgets",
	.effect = RPC_READ,
	.roles = ROLES_PCT | ROLE_AUDITOR,
	.lane = DB_READ,
    },
    {
	.method = "ExplainBudgetLine",
	.effect = RPC_READ,
	.roles = BUDGET_READERS,
	.lane = DB_READ,
	.mandatory = "line_id",
    },
};

const struct rpc_service budget_service =
    RPC_SERVICE(&pbc__v1__budget_service__descriptor, budget_rows);
