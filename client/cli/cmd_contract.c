/* contract: one per provider and year, submitted and activated by different people. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "client/cli/request.h"
#include "client/cli/tables.h"
#include "client/cli/wait.h"
#include "pbc/v1/contract.pb-c.h"

#define SERVICE &pbc__v1__contract_service__descriptor

static const struct param submit_params[] = {
    {"DIR_OR_JSON", NULL, NULL,
	"folder of contract.json, plan.csv and prices.csv, or the JSON itself", true},
    {0},
};

static const struct param id_params[] = {
    {"CONTRACT", "contract_id", NULL, "contract id", true},
    {0},
};

static const struct param list_params[] = {
    {"year", "financial_year", "YEAR", "only this financial year, 2017/18", false},
    {0},
};

static const struct column contract_columns[] = {
    {.field = "contract_id", .heading = "Contract"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "provider_name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "financial_year", .heading = "Year"},
    {.field = "state", .heading = "State"},
    {.field = "plan_activity", .heading = "Plan activity"},
    {.field = "plan_cost_pence", .heading = "Plan cost"},
    {.field = "on_account_pence", .heading = "Monthly on account"},
    {.field = "plan_lines", .heading = "Plan lines"},
    {.field = "local_prices", .heading = "Local prices"},
    {.field = "submitted_by", .heading = "Submitted by"},
    {.field = "submit_time", .heading = "Submitted"},
    {.field = "activated_by", .heading = "Activated by"},
    {.field = "activate_time", .heading = "Activated"},
    {0},
};

static const struct column row_columns[] = {
    {.field = "contract_id", .heading = "Contract"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "provider_name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "financial_year", .heading = "Year"},
    {.field = "state", .heading = "State"},
    {.field = "plan_activity", .heading = "Plan activity"},
    {.field = "plan_cost_pence", .heading = "Plan cost"},
    {.field = "on_account_pence", .heading = "Monthly on account"},
    {0},
};

static const struct column term_columns[] = {
    {.field = "name", .heading = "Term"},
    {.field = "value", .heading = "Value", .flags = COLUMN_WRAP},
    {0},
};

static const struct column month_columns[] = {
    {.field = "part", .heading = "Month"},
    {.field = "activity", .heading = "Activity"},
    {.field = "cost_pence", .heading = "Cost"},
    {0},
};

static const struct column pod_columns[] = {
    {.field = "part", .heading = "POD"},
    {.field = "activity", .heading = "Activity"},
    {.field = "cost_pence", .heading = "Cost"},
    {0},
};

/* The record alone in CSV: a contract is one row there. */
static const struct view record_view = {{{NULL, "contract", contract_columns, false}}};
static const struct view show_view = {{
    {NULL, "contract", contract_columns, false},
    {"Plan by month", "contract.plan_months", month_columns, false},
    {"Plan by point of delivery", "contract.plan_pods", pod_columns, false},
    {"Terms", "contract.terms", term_columns, false},
}};
static const struct view list_view = {{{NULL, "contracts", row_columns, false}}};

/* The path of a file beside contract.json. */
static const char *
sibling(struct invocation *invocation, const char *json_path, const char *name)
{
	const char *slash = strrchr(json_path, '/');

	if (slash == NULL)
		return name;
	return arena_printf(
	    invocation->arena, "%.*s/%s", (int)(slash - json_path), json_path, name);
}

static bool
upload_into(struct invocation *invocation, json_t *json, const char *field, const char *path,
    struct status *status)
{
	const char *upload_id = request_upload(invocation, path, field, status);

	if (upload_id != NULL)
		request_set(json, field, json_string(upload_id));
	return upload_id != NULL;
}

static bool
upload_all(struct invocation *invocation, json_t *json, struct status *status)
{
	const char *path = invocation_value(invocation, "DIR_OR_JSON");
	const char *prices;
	struct stat file;

	if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
		path = arena_printf(invocation->arena, "%s/contract.json", path);
	prices = sibling(invocation, path, "prices.csv");
	if (!upload_into(invocation, json, "contract_upload_id", path, status) ||
	    !upload_into(
		invocation, json, "plan_upload_id", sibling(invocation, path, "plan.csv"), status))
		return false;
	/* A contract without local prices has no such file. */
	return access(prices, F_OK) != 0 ||
	       upload_into(invocation, json, "prices_upload_id", prices, status);
}

static enum exit_code
contract_submit(struct invocation *invocation)
{
	struct status status = {.code = STATUS_OK};
	Pbc__V1__WatchOperationResponse *last;
	ProtobufCMessage *request = NULL;
	json_t *json = json_object();
	enum exit_code code;

	if (request_fill(invocation, json, &status) && upload_all(invocation, json, &status))
		request = request_message(invocation, json, &status);
	json_decref(json);
	if (request == NULL)
		return request_refuse(invocation, &status);
	code = start_request(invocation, request, &last);
	protobuf_c_message_free_unpacked(last != NULL ? &last->base : NULL, NULL);
	return code;
}

const struct command contract_commands[] = {
    {"contract", "submit", SERVICE, "SubmitContract", submit_params, contract_submit,
	&operation_view, 0, "check and store a contract with its plan and local prices",
	"contract.json names provider_code, financial_year and lead_commissioner_code, and may\n"
	"have associate_commissioner_codes, service_blocks (name, pods and a kind: tariff,\n"
	"local_price, cost_and_volume or block), on_account_twelfths, emergency_baseline,\n"
	"emergency_marginal_rate, activity_variance_threshold, activity_caps (pod, activity,\n"
	"marginal_rate), consultant_to_consultant_cap, follow_up_ratio, prior_approval_hrgs and\n"
	"kpi (name, target). Shares are from 0 to 1, with decimals in quotes: \"0.70\".\n"
	"plan.csv: month,pod,currency,practice_code,activity,cost; codes are those of the year's\n"
	"tariff, excluded from it, or priced in prices.csv: pod,currency,price, may be absent.",
	"pbc contract submit contracts/RXX-2017"},
    {"contract", "activate", SERVICE, "ActivateContract", id_params, command_unary, &record_view, 0,
	"put a submitted contract in force", "Whoever submitted a contract cannot activate it.",
	"pbc contract activate 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"contract", "show", SERVICE, "GetContract", id_params, command_unary, &show_view, 0,
	"show a contract, its plan by month and its terms", NULL,
	"pbc contract show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"contract", "list", SERVICE, "ListContracts", list_params, command_list, &list_view, 0,
	"list contracts", NULL, "pbc contract list --year 2017/18"},
    {0},
};
