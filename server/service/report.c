/* ReportService: the Financial Summary. */
#include "pbc/v1/report.pb-c.h"
#include "server/service/services.h"

static const struct rpc_row report_rows[] = {
    {
	.method = "GetFinancialSummary",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE | ROLES_PCT | ROLE_AUDITOR,
	.lane = DB_SLOW,
	.mandatory = "financial_year period",
    },
};

const struct rpc_service report_service =
    RPC_SERVICE(&pbc__v1__report_service__descriptor, report_rows);
