/* Prometheus' text format, version 0.0.4. */
#include "server/rpc/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/memory.h"

#define CODE_COUNT 17

/* Upper bounds in microseconds: from one indexed read to the longest deadline. */
static const int64_t bucket_us[] = {
    500,
    1000,
    2500,
    5000,
    10000,
    25000,
    50000,
    100000,
    250000,
    500000,
    1000000,
    2500000,
    10000000,
};

#define BUCKET_COUNT (sizeof(bucket_us) / sizeof(bucket_us[0]))

struct method_metrics {
	uint64_t codes[CODE_COUNT];
	uint64_t buckets[BUCKET_COUNT + 1]; /* the last is of what took longer */
	uint64_t count;
	int64_t sum_us;
};

struct metrics {
	const struct registry *registry;
	uint64_t in_flight;
	struct method_metrics methods[]; /* by method index */
};

struct metrics *
metrics_new(const struct registry *registry)
{
	size_t count = registry_method_count(registry) + 1;
	struct metrics *metrics =
	    memory_calloc(1, sizeof(*metrics) + count * sizeof(metrics->methods[0]));

	metrics->registry = registry;
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void
metrics_call_begun(struct metrics *metrics)
{
	metrics->in_flight++;
}

void
metrics_call_ended(
    struct metrics *metrics, size_t index, enum status_code code, int64_t duration_us)
{
	struct method_metrics *method = &metrics->methods[index];
	size_t bucket = 0;

	assert(index <= registry_method_count(metrics->registry) && (size_t)code < CODE_COUNT);
	assert(metrics->in_flight > 0);
	metrics->in_flight--;
	while (bucket < BUCKET_COUNT && duration_us > bucket_us[bucket])
		bucket++;
	method->codes[code]++;
	method->buckets[bucket]++;
	method->count++;
	method->sum_us += duration_us;
}

/* Names hold letters and dots only, so a label needs no escapes. */
static const char *
method_name(const struct metrics *metrics, size_t index)
{
	return index == 0 ? "unknown" : registry_method(metrics->registry, index)->name;
}

static void
write_calls(const struct metrics *metrics, size_t index, struct buf *out)
{
	for (int code = 0; code < CODE_COUNT; code++)
		if (metrics->methods[index].codes[code] > 0)
			buf_printf(out, "pbc_calls_total{method=\"%s\",code=\"%s\"} %" PRIu64 "\n",
			    method_name(metrics, index), status_code_name((enum status_code)code),
			    metrics->methods[index].codes[code]);
}

static void
write_durations(const struct metrics *metrics, size_t index, struct buf *out)
{
	const struct method_metrics *method = &metrics->methods[index];
	const char *name = method_name(metrics, index);
	uint64_t below = 0;

	if (method->count == 0)
		return;
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		below += method->buckets[i];
		buf_printf(out,
		    "pbc_call_duration_seconds_bucket{method=\"%s\",le=\"%g\"} %" PRIu64 "\n", name,
		    (double)bucket_us[i] / 1e6, below);
	}
	buf_printf(out, "pbc_call_duration_seconds_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n",
	    name, method->count);
	buf_printf(out, "pbc_call_duration_seconds_sum{method=\"%s\"} %.6f\n", name,
	    (double)method->sum_us / 1e6);
	buf_printf(out, "pbc_call_duration_seconds_count{method=\"%s\"} %" PRIu64 "\n", name,
	    method->count);
}

static void
write_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
write_figure(struct buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	write_head(out, name, type, help);
	buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void
write_db(const struct db_stats *db, struct buf *out)
{
	write_figure(out, "pbc_db_segments_submitted_total", "counter",
	    "Segments handed to the database layer.", db->submitted);
	write_figure(out, "pbc_db_segments_completed_total", "counter",
	    "Segments that the database answered, refusals included.", db->completed);
	write_figure(out, "pbc_db_segments_failed_total", "counter",
	    "Segments answered for want of the database.", db->failed);
	write_figure(out, "pbc_db_segments_cancelled_total", "counter",
	    "Segments whose caller left before they were sent.", db->cancelled);
	write_figure(out, "pbc_db_segments_resent_total", "counter",
	    "Sent again: reads after a neighbour's error, writes after a conflict.", db->resent);
	write_figure(out, "pbc_db_segments_rejected_total", "counter",
	    "Segments turned away by a full queue.", db->rejected);
	write_figure(
	    out, "pbc_db_reconnects_total", "counter", "Connections made again.", db->reconnects);
	write_figure(out, "pbc_db_queued", "gauge", "Segments that wait.", db->queued);
	write_figure(
	    out, "pbc_db_in_flight", "gauge", "Segments sent and not ended.", db->in_flight);
	write_figure(
	    out, "pbc_db_connected", "gauge", "Connections ready.", (uint64_t)db->connected);
}

static void
write_network(const struct metrics_network *network, struct buf *out)
{
	write_figure(out, "pbc_connections", "gauge", "Open client connections.",
	    (uint64_t)network->connections);
	write_figure(out, "pbc_connections_refused_total", "counter",
	    "Connections closed because their address, or all, had as many as they may.",
	    network->connections_refused);
	write_figure(out, "pbc_replies_waiting_bytes", "gauge",
	    "Bytes of replies that wait for their clients to read.",
	    network->replies_waiting_bytes);
}

void
metrics_write(const struct metrics *metrics, const struct db_stats *db,
    const struct metrics_network *network, struct buf *out)
{
	size_t count = registry_method_count(metrics->registry) + 1;

	write_head(out, "pbc_calls_total", "counter", "Calls ended, by method and gRPC code.");
	for (size_t i = 0; i < count; i++)
		write_calls(metrics, i, out);
	write_head(out, "pbc_call_duration_seconds", "histogram",
	    "From headers to the decision on the reply.");
	for (size_t i = 0; i < count; i++)
		write_durations(metrics, i, out);
	write_figure(out, "pbc_calls_in_flight", "gauge", "Calls not ended.", metrics->in_flight);
	write_network(network, out);
	if (db != NULL)
		write_db(db, out);
}
