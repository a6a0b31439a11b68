/* ReferenceService: practices, providers, populations and the tariff. */
#include "pbc/v1/reference.pb-c.h"
#include "server/service/services.h"

static const struct rpc_row reference_rows[] = {
    {
	.method = "ImportPractices",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id",
    },
    {
	.method = "ImportProviders",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id",
    },
    {
	.method = "ImportProviderTerms",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id",
    },
    {
	.method = "ImportPopulations",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id",
    },
    {
	.method = "ImportWeightings",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id",
    },
    {
	.method = "ImportTariff",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id financial_year",
    },
    {
	.method = "ListPractices",
	.effect = RPC_READ,
	.roles = ROLES_ALL,
	.lane = DB_READ,
    },
    {
	.method = "ListProviders",
	.effect = RPC_READ,
	.roles = ROLES_ALL,
	.lane = DB_READ,
    },
    {
	.method = "ListProviderTerms",
	.effect = RPC_READ,
	.roles = ROLES_PCT | ROLE_HUB | ROLE_PROVIDER | ROLE_AUDITOR, /* who reads contracts */
	.lane = DB_READ,
    },
};

const struct rpc_service reference_service =
    RPC_SERVICE(&pbc__v1__reference_service__descriptor, reference_rows);
