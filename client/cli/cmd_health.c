/* health: is the server serving? */

#include "client/cli/tables.h"
#include "client/cli/view.h"
#include "grpc/health/v1/health.pb-c.h"

#define SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING

static const struct param health_params[] = {
    {"service", "service", "NAME", "only this service, such as pbc.v1.BudgetService", false},
    {0},
};

static const struct column status_columns[] = {
    {.field = "status", .heading = "Status"},
    {0},
};

static const struct view health_view = {{{NULL, "", status_columns, false}}};

static enum exit_code
health(struct invocation *invocation)
{
	enum exit_code code = EXIT_OK;
	Grpc__Health__V1__HealthCheckResponse *answer =
	    (Grpc__Health__V1__HealthCheckResponse *)invocation_answer(invocation, &code);

	if (answer == NULL)
		return code;
	view_print(&health_view, &answer->base, invocation->options.format);
	code = answer->status == SERVING ? EXIT_OK : EXIT_UNAVAILABLE;
	grpc__health__v1__health_check_response__free_unpacked(answer, NULL);
	return code;
}

const struct command health_commands[] = {
    {"health", NULL, &grpc__health__v1__health__descriptor, "Check", health_params, health,
	&health_view, 0, "ask whether the server is serving", "Exit code 7 when it is not.",
	"pbc health"},
    {0},
};
