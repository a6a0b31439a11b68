/*
 * Reads one row by primary key through the pool's read lane as fast as it goes, and prints how many
 * a second: db_pipeline CONNINFO CONNECTIONS OUTSTANDING SECONDS. Run by db_pipeline.py.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "server/db/db.h"

#define ROWS 100000

static const struct db_statement enter_sql = {
    .name = "enter", .text = "SELECT bench.enter($1, $2)", .param_count = 2};
static const struct db_statement get_sql = {
    .name = "get", .text = "SELECT body FROM bench.entry WHERE id = $1", .param_count = 1};
static const struct db_statement *const statements[] = {&enter_sql, &get_sql};

struct load {
	struct event_base *base;
	struct db *db;
	long outstanding;
	long seconds;
	int64_t start_us, end_us;
	uint64_t answered;
	uint64_t random;
};

static void submit(struct load *load);

static void
answered(void *arg, const struct db_result *result)
{
	struct load *load = arg;

	if (result->value == NULL) {
		fprintf(stderr, "db_pipeline: no row: %s\n", result->status.message);
		exit(1);
	}
	load->answered++;
	submit(load);
}

/* xorshift64: cheap, and every program under test asks for rows in random order. */
static unsigned
next_row(struct load *load)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 7;
	load->random ^= load->random << 17;
	return (unsigned)(load->random % ROWS) + 1;
}

static void
submit(struct load *load)
{
	char id[16];
	struct db_param enter[] = {{.value = "ann"}, {.value = "5000"}};
	struct db_param act[] = {{.value = id}};

	snprintf(id, sizeof(id), "%u", next_row(load));
	db_submit(load->db, DB_READ, &enter_sql, enter, &get_sql, act, answered, load);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	struct load *load = arg;

	(void)fd;
	(void)what;
	load->end_us = clock_monotonic_us();
	event_base_loopbreak(load->base);
}

static void
start(void *arg)
{
	struct load *load = arg;
	struct timeval duration = {load->seconds, 0};
	long i;

	if (db_fatal(load->db) != NULL)
		exit(1);
	if (!db_ready(load->db) || load->start_us != 0)
		return;
	load->start_us = clock_monotonic_us();
	for (i = 0; i < load->outstanding; i++)
		submit(load);
	event_base_once(load->base, -1, EV_TIMEOUT, stop, load, &duration);
}

static bool
parse_count(const char *text, long *count)
{
	char *end;

	*count = strtol(text, &end, 10);
	return *end == '\0' && *count > 0 && *count <= 10000;
}

int
main(int argc, char **argv)
{
	struct load load = {.random = 88172645463325252ull};
	struct db_config config = {.write_connections = 1,
	    .slow_connections = 1,
	    .queue_limit = 100000,
	    .read_depth = 256,
	    .reconnect_max_ms = 1000};
	long connections;

	if (argc != 5 || !parse_count(argv[2], &connections) ||
	    !parse_count(argv[3], &load.outstanding) || !parse_count(argv[4], &load.seconds)) {
		fprintf(stderr, "usage: db_pipeline CONNINFO CONNECTIONS OUTSTANDING SECONDS\n");
		return 2;
	}
	config.conninfo = argv[1];
	config.read_connections = (int)connections;
	load.base = event_base_new();
	load.db = db_new(load.base, &config, statements, 2);
	db_set_state_changed(load.db, start, &load);
	event_base_dispatch(load.base);
	printf("%.0f\n", (double)load.answered * 1e6 / (double)(load.end_us - load.start_us));
	db_free(load.db);
	event_base_free(load.base);
	return 0;
}
