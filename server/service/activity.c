/* ActivityService: provider activity in, and what became of it. */
#include "pbc/v1/activity.pb-c.h"
#include "server/service/services.h"

#define SUBMISSION_READERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_PROVIDER | ROLE_AUDITOR)

static const struct rpc_row activity_rows[] = {
    {
	.method = "ImportActivity",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id provider_code period phase",
    },
    {
	.method = "GetSubmission",
	.effect = RPC_READ,
	.roles = SUBMISSION_READERS,
	.lane = DB_READ,
	.mandatory = "submission_id",
    },
    {
	.method = "ListSubmissions",
	.effect = RPC_READ,
	.roles = SUBMISSION_READERS,
	.lane = DB_READ,
    },
    {
	.method = "ListRejects",
	.effect = RPC_READ,
	.roles = ROLE_PCT_FINANCE | ROLE_PROVIDER | ROLE_AUDITOR,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "submission_id reason",
    },
    {
	.method = "ListActivity",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "period reason",
    },
    {
	.method = "RestoreSubmission",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id submission_id reason",
    },
    {
	.method = "RequestReopenMonth",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE | ROLE_PCT_APPROVER,
	.lane = DB_WRITE,
	.mandatory = "request_id provider_code period reason",
    },
    {
	.method = "ApproveReopenMonth",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_APPROVER,
	.lane = DB_WRITE,
	.mandatory = "request_id reopening_id",
    },
    {
	.method = "ListReopenings",
	.effect = RPC_READ,
	.roles = SUBMISSION_READERS,
	.lane = DB_READ,
    },
    {
	.method = "ListSubmissionCalendar",
	.effect = RPC_READ,
	.roles = ROLES_ALL,
	.lane = DB_READ,
    },
    {
	.method = "ListNotOurs",
	.effect = RPC_READ,
	.roles = ROLE_PCT_FINANCE | ROLE_PROVIDER | ROLE_AUDITOR,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "provider_code period reason",
    },
};

const struct rpc_service activity_service =
    RPC_SERVICE(&pbc__v1__activity_service__descriptor, activity_rows);
