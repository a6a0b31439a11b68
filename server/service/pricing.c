/* PricingService: what one record costs and why. SQL fetches, server/domain/pbr computes. */
#include "pbc/v1/pricing.pb-c.h"
#include "server/service/price_answer.h"
#include "server/service/services.h"

static const struct rpc_row pricing_rows[] = {
    {
	.method = "PriceRecord",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE | ROLES_PCT | ROLE_PROVIDER | ROLE_AUDITOR,
	.lane = DB_READ,
	.compute = price_answer_complete,
	.mandatory = "provider_code record",
    },
    {
	.method = "ExplainRecord",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE | ROLE_PCT_FINANCE | ROLE_AUDITOR,
	.lane = DB_SLOW,
	.patient_level = true,
	.compute = price_answer_complete,
	.mandatory = "record_id reason",
    },
};

const struct rpc_service pricing_service =
    RPC_SERVICE(&pbc__v1__pricing_service__descriptor, pricing_rows);
