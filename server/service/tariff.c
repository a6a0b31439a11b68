/* TariffService: what another tariff would do, and what a corrected one does. */
#include "pbc/v1/tariff.pb-c.h"
#include "server/service/services.h"

static const struct rpc_row tariff_rows[] = {
    {
	.method = "RunTariffImpact",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id first_period last_period",
    },
    {
	.method = "GetTariffImpact",
	.effect = RPC_READ,
	.roles = ROLES_PCT | ROLE_AUDITOR,
	.lane = DB_READ,
	.mandatory = "impact_id",
    },
    {
	.method = "ApplyTariff",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id financial_year",
    },
};

const struct rpc_service tariff_service =
    RPC_SERVICE(&pbc__v1__tariff_service__descriptor, tariff_rows);
