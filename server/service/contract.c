/* ContractService: submitted by the hub, activated by a PCT approver. */
#include "pbc/v1/contract.pb-c.h"
#include "server/service/services.h"

#define CONTRACT_READERS (ROLES_PCT | ROLE_HUB | ROLE_PROVIDER | ROLE_AUDITOR)

static const struct rpc_row contract_rows[] = {
    {
	.method = "SubmitContract",
	.effect = RPC_WRITE,
	.roles = ROLE_HUB,
	.lane = DB_WRITE,
	.mandatory = "request_id contract_upload_id plan_upload_id",
    },
    {
	.method = "ActivateContract",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_APPROVER,
	.lane = DB_WRITE,
	.mandatory = "request_id contract_id",
    },
    {
	.method = "GetContract",
	.effect = RPC_READ,
	.roles = CONTRACT_READERS,
	.lane = DB_READ,
	.mandatory = "contract_id",
    },
    {
	.method = "ListContracts",
	.effect = RPC_READ,
	.roles = CONTRACT_READERS,
	.lane = DB_READ,
    },
};

const struct rpc_service contract_service =
    RPC_SERVICE(&pbc__v1__contract_service__descriptor, contract_rows);
