/* Prometheus' text: counters by method and code, cumulative buckets. */
#include <criterion/criterion.h>
#include <string.h>

#include "server/rpc/metrics.h"
#include "server/service/services.h"

#define LINE(name, labels, value) name "{method=\"BudgetService.GetBudget\"" labels "} " value "\n"

Test(metrics, count_calls_and_durations)
{
	static const char *const lines[] = {
	    LINE("pbc_calls_total", ",code=\"OK\"", "2"),
	    LINE("pbc_calls_total", ",code=\"NOT_FOUND\"", "1"),
	    LINE("pbc_call_duration_seconds_bucket", ",le=\"0.0005\"", "1"),
	    LINE("pbc_call_duration_seconds_bucket", ",le=\"0.001\"", "2"),
	    LINE("pbc_call_duration_seconds_bucket", ",le=\"10\"", "2"),
	    LINE("pbc_call_duration_seconds_bucket", ",le=\"+Inf\"", "3"),
	    LINE("pbc_call_duration_seconds_sum", "", "11.001500"),
	    LINE("pbc_call_duration_seconds_count", "", "3"),
	    "pbc_calls_total{method=\"unknown\",code=\"UNIMPLEMENTED\"} 1\n",
	    "pbc_calls_in_flight 1\n",
	    "pbc_connections 4\n",
	    "pbc_connections_refused_total 11\n",
	    "pbc_replies_waiting_bytes 12\n",
	    "pbc_db_queued 5\n",
	    /* Together they are what was submitted. */
	    "pbc_db_segments_submitted_total 35\n",
	    "pbc_db_segments_completed_total 6\n",
	    "pbc_db_segments_failed_total 7\n",
	    "pbc_db_segments_rejected_total 8\n",
	    "pbc_db_segments_cancelled_total 9\n",
	};
	struct status status = {0};
	size_t count;
	const struct rpc_service *const *services = services_all(&count);
	struct registry *methods = registry_new(services, count, &status);
	struct metrics *metrics = metrics_new(methods);
	const struct db_stats stats = {.submitted = 35,
	    .completed = 6,
	    .failed = 7,
	    .rejected = 8,
	    .cancelled = 9,
	    .queued = 5};
	const struct metrics_network network = {
	    .connections = 4, .connections_refused = 11, .replies_waiting_bytes = 12};
	size_t index = registry_find(methods, "/pbc.v1.BudgetService/GetBudget")->index;
	struct buf text = {0};

	for (int i = 0; i < 5; i++)
		metrics_call_begun(metrics);
	metrics_call_ended(metrics, index, STATUS_OK, 500);
	metrics_call_ended(metrics, index, STATUS_OK, 1000);
	metrics_call_ended(metrics, index, STATUS_NOT_FOUND, 11000000);
	metrics_call_ended(metrics, 0, STATUS_UNIMPLEMENTED, 1);
	metrics_write(metrics, &stats, &network, &text);
	buf_append(&text, "", 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(strstr((const char *)text.data, lines[i]) != NULL, "%s", lines[i]);
	buf_free(&text);
	metrics_free(metrics);
	registry_free(methods);
}
