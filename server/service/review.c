/* ReviewService: practices validate their own records, PCT finance ends their queries. */
#include "pbc/v1/review.pb-c.h"
#include "server/service/services.h"

static const struct rpc_row review_rows[] = {
    {
	.method = "ListWorklist",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "period reason",
    },
    {
	.method = "ReviewRecords",
	.effect = RPC_WRITE,
	.roles = ROLES_PRACTICE,
	.lane = DB_WRITE,
	.mandatory = "request_id period",
    },
    {
	.method = "ListReviews",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE | ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.patient_level = true,
	.mandatory = "reason",
    },
    {
	.method = "ResolveReview",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE,
	.lane = DB_WRITE,
	.mandatory = "request_id review_id outcome reason",
    },
    {
	.method = "GetReviewSummary",
	.effect = RPC_READ,
	.roles = ROLES_PRACTICE | ROLES_PCT | ROLE_AUDITOR,
	.lane = DB_READ,
	.mandatory = "financial_year",
    },
};

const struct rpc_service review_service =
    RPC_SERVICE(&pbc__v1__review_service__descriptor, review_rows);
