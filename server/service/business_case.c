/* BusinessCaseService: practices propose, the PCT decides. */
#include "pbc/v1/business_case.pb-c.h"
#include "server/service/services.h"

#define CASE_READERS (ROLES_PRACTICE | ROLES_PCT | ROLE_AUDITOR)
#define CASE_DECIDERS (ROLE_PCT_APPROVER | ROLE_PCT_BOARD)

static const struct rpc_row business_case_rows[] = {
    {
	.method = "CreateBusinessCase",
	.effect = RPC_WRITE,
	.roles = ROLES_PRACTICE,
	.lane = DB_WRITE,
	.mandatory = "request_id content",
    },
    {
	.method = "UpdateBusinessCase",
	.effect = RPC_WRITE,
	.roles = ROLES_PRACTICE,
	.lane = DB_WRITE,
	.mandatory = "request_id case_id etag content",
    },
    {
	.method = "SubmitBusinessCase",
	.effect = RPC_WRITE,
	.roles = ROLE_PRACTICE_LEAD,
	.lane = DB_WRITE,
	.mandatory = "request_id case_id etag",
    },
    {
	.method = "DecideBusinessCase",
	.effect = RPC_WRITE,
	.roles = CASE_DECIDERS,
	.lane = DB_WRITE,
	.mandatory = "request_id case_id etag decision",
    },
    {
	.method = "DeclareInterest",
	.effect = RPC_WRITE,
	.roles = ROLES_PRACTICE | ROLES_PCT,
	.lane = DB_WRITE,
	.mandatory = "request_id case_id nature",
    },
    {
	.method = "GetBusinessCase",
	.effect = RPC_READ,
	.roles = CASE_READERS,
	.lane = DB_READ,
	.mandatory = "case_id",
    },
    {
	.method = "ListBusinessCases",
	.effect = RPC_READ,
	.roles = CASE_READERS,
	.lane = DB_READ,
    },
};

const struct rpc_service business_case_service =
    RPC_SERVICE(&pbc__v1__business_case_service__descriptor, business_case_rows);
