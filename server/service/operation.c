/* OperationService: long work, seen by the organisation that started it. */
#include "pbc/v1/operation.pb-c.h"
#include "server/service/services.h"

#define OPERATION_STARTERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_HUB | ROLE_PROVIDER)
#define OPERATION_USERS (OPERATION_STARTERS | ROLE_OPERATOR)

static const struct rpc_row operation_rows[] = {
    {
	.method = "GetOperation",
	.effect = RPC_READ,
	.roles = OPERATION_USERS,
	.lane = DB_READ,
	.mandatory = "operation_id",
    },
    {
	.method = "ListOperations",
	.effect = RPC_READ,
	.roles = OPERATION_USERS,
	.lane = DB_READ,
    },
    {
	.method = "CancelOperation",
	.effect = RPC_WRITE,
	.roles = OPERATION_USERS,
	.lane = DB_WRITE,
	.mandatory = "request_id operation_id",
    },
    {
	.method = "WatchOperation",
	.kind = RPC_WATCH,
	.effect = RPC_READ,
	.roles = OPERATION_USERS,
	.lane = DB_READ,
	.topic = "operation",
	.mandatory = "operation_id",
    },
};

const struct rpc_service operation_service =
    RPC_SERVICE(&pbc__v1__operation_service__descriptor, operation_rows);
