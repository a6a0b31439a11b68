/* tariff: what another tariff would do to stored activity, and what a corrected one does. */
#include "client/cli/failure.h"
#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "client/cli/wait.h"
#include "pbc/v1/tariff.pb-c.h"

#define SERVICE &pbc__v1__tariff_service__descriptor

static const struct param impact_params[] = {
    {"file", "upload_id", "FILE", "price list, like that of tariff import", false},
    {"tariff", "tariff_id", "ID", "a tariff that is stored, as tariff import prints it", false},
    {"year", "financial_year", "YEAR", "financial year of the price list; needed with --file",
	false},
    {"from", "first_period", "YYYY-MM", "first month of activity", true},
    {"to", "last_period", "YYYY-MM", "last month of activity", true},
    {"by", NULL, "WHAT", "provider (default), pod or practice", false},
    {0},
};

static const struct param show_params[] = {
    {"IMPACT", "impact_id", NULL, "impact id, as tariff impact prints it", true},
    {"by", "analyse_by", "WHAT", "provider (default), pod or practice", false},
    {0},
};

static const struct param apply_params[] = {
    {"year", "financial_year", "YEAR", "financial year, 2017/18", true},
    {0},
};

static const struct column impact_columns[] = {
    {.field = "impact_id", .heading = "Impact"},
    {.field = "tariff_id", .heading = "Tariff"},
    {.field = "file_name", .heading = "File"},
    {.field = "financial_year", .heading = "Of year"},
    {.field = "first_period", .heading = "Activity from"},
    {.field = "last_period", .heading = "To"},
    {.field = "total.records", .heading = "Records", .flags = COLUMN_COUNT},
    {.field = "total.now_pence", .heading = "Now"},
    {.field = "total.then_pence", .heading = "Then"},
    {.field = "total.difference_pence", .heading = "Difference"},
    {.field = "total.gained", .heading = "Gain a price", .flags = COLUMN_COUNT},
    {.field = "total.lost", .heading = "Lose theirs", .flags = COLUMN_COUNT},
    {.field = "created_by", .heading = "Made by"},
    {.field = "create_time", .heading = "Made"},
    {0},
};

static const struct column line_columns[] = {
    {.field = "code", .heading = "Code"},
    {.field = "name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "records", .heading = "Records", .flags = COLUMN_COUNT},
    {.field = "now_pence", .heading = "Now"},
    {.field = "then_pence", .heading = "Then"},
    {.field = "difference_pence", .heading = "Difference"},
    {.field = "gained", .heading = "Gain a price", .flags = COLUMN_COUNT},
    {.field = "lost", .heading = "Lose theirs", .flags = COLUMN_COUNT},
    {0},
};

static const struct column month_columns[] = {
    {.field = "period", .heading = "Month"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "state", .heading = "State"},
    {.field = "frozen_datasets", .heading = "Frozen"},
    {.field = "completion_ppm", .heading = "Earlier flex months ended at"},
    {0},
};

static const struct view impact_view = {{
    {NULL, "impact", impact_columns, false},
    {NULL, "impact.lines", line_columns, true},
    {"How firm the figures are", "impact.months", month_columns, false},
}};

static enum exit_code
print_impact(struct invocation *invocation, const char *impact_id)
{
	Pbc__V1__GetTariffImpactRequest request = PBC__V1__GET_TARIFF_IMPACT_REQUEST__INIT;
	const char *by = invocation_value(invocation, "by");
	struct status status = {.code = STATUS_OK};
	ProtobufCMessage *answer;

	request.impact_id = (char *)(uintptr_t)impact_id;
	if (by != NULL)
		request.analyse_by = (char *)(uintptr_t)by;
	answer = client_call(invocation->client, SERVICE, "GetTariffImpact", &request.base,
	    invocation_timeout_ms(invocation), &status);
	if (answer == NULL)
		return failure_tell(&status, invocation);
	view_print(&impact_view, answer, invocation->options.format);
	protobuf_c_message_free_unpacked(answer, NULL);
	return EXIT_OK;
}

static enum exit_code
wait_and_print(struct invocation *invocation, const Pbc__V1__RunTariffImpactResponse *started)
{
	enum exit_code code = EXIT_OK;
	Pbc__V1__WatchOperationResponse *last =
	    wait_operation(invocation, started->operation->operation_id, &code);

	if (last == NULL)
		return code;
	if (last->operation->state == PBC__V1__OPERATION_STATE__OPERATION_STATE_SUCCEEDED)
		code = print_impact(invocation, last->operation->result_id);
	else
		code = wait_tell(invocation, last);
	protobuf_c_message_free_unpacked(&last->base, NULL);
	return code;
}

static enum exit_code
tariff_impact(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	ProtobufCMessage *answer;

	if (invocation->options.no_wait)
		return command_start(invocation);
	answer = invocation_answer(invocation, &code);
	if (answer == NULL)
		return code;
	code = wait_and_print(invocation, (const Pbc__V1__RunTariffImpactResponse *)answer);
	protobuf_c_message_free_unpacked(answer, NULL);
	return code;
}

const struct command tariff_commands[] = {
    {"tariff", "impact", SERVICE, "RunTariffImpact", impact_params, tariff_impact, &operation_view,
	0, "show what stored activity would cost on another tariff",
	"A preview of the records that count now: no price changes and nothing is posted. Records\n"
	"of another year are priced as if they were of the same month of the tariff's "
	"year. " COUNT_NOTES,
	"pbc tariff impact --year 2018/19 --file 2018-19.csv \\\n"
	"    --from 2017-04 --to 2017-07\n"
	"pbc tariff impact --tariff 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c \\\n"
	"    --from 2017-04 --to 2018-03 --by practice --format csv"},
    {"tariff", "impact-show", SERVICE, "GetTariffImpact", show_params, command_unary, &impact_view,
	0, "show it again, broken down another way", COUNT_NOTES,
	"pbc tariff impact-show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c --by pod"},
    {"tariff", "apply", SERVICE, "ApplyTariff", apply_params, command_start, &operation_view, 0,
	"price the year's months on the tariff in force",
	"After a corrected tariff or terms of a provider were imported. Each open month that was\n"
	"priced without them becomes a new submission; what was known before stays known. What\n"
	"differs of a frozen month is posted as adjustments in the next open one. The frozen\n"
	"data sets of an open month keep their prices: apply again once the month has closed.",
	"pbc tariff apply --year 2017/18 --validate-only\n"
	"pbc tariff apply --year 2017/18"},
    {0},
};
