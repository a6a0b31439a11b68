/*
 * The composition root: the only file that knows network, HTTP/2, gRPC, services and database
 * together.
 */
#include "server/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/admin.h"
#include "server/db/db.h"
#include "server/h2/h2.h"
#include "server/net/net.h"
#include "server/rpc/metrics.h"
#include "server/rpc/registry.h"
#include "server/rpc/rpc.h"
#include "server/rpc/static_files.h"
#include "server/service/services.h"

#define HANDSHAKE_TIMEOUT_MS 10000
#define IDLE_TIMEOUT_MS 300000
#define WRITE_TIMEOUT_MS 60000
#define HEADER_LIST_BYTES 8192
#define RESETS_PER_MINUTE 1000
#define CONTROL_FRAMES_PER_MINUTE 10000
#define STREAM_IDLE_TIMEOUT_MS 60000
#define REQUESTS_HELD_BYTES ((size_t)64 * 1024 * 1024)
/* Of replies, for clients that read slowly. */
#define WAITING_BYTES ((size_t)256 * 1024 * 1024)
#define RECONNECT_MAX_MS 2000
#define DRAIN_POLL_MS 50

struct worker {
	struct worker_config *config;
	struct event_base *base;
	struct event *signals[3];
	struct event *drain_poll;
	struct net_tls *tls;
	struct net_listener *listener;
	struct h2_server *h2;
	struct registry *registry;
	struct metrics *metrics;
	struct db *db;
	struct rpc *rpc;
	struct admin *admin;
	int64_t drain_until_ms; /* 0 while serving */
	bool told_ready;
	int exit_status;
};

static void
stop(struct worker *worker, int exit_status)
{
	worker->exit_status = exit_status;
	event_base_loopbreak(worker->base);
}

static void
db_changed(void *arg)
{
	struct worker *worker = arg;
	const char *fatal = db_fatal(worker->db);

	if (fatal != NULL) {
		log_write(LOG_LEVEL_ERROR, "database_unusable", "detail", fatal, NULL);
		stop(worker, WORKER_WRONG);
		return;
	}
	rpc_state_changed(worker->rpc);
	if (db_ready(worker->db) && !worker->told_ready) {
		worker->told_ready = true;
		log_write(LOG_LEVEL_INFO, "ready", NULL);
		worker->config->ready(worker->config->arg);
	}
}

static void
write_metrics(void *arg, struct buf *out)
{
	const struct worker *worker = arg;
	const struct metrics_network network = {
	    .connections = net_listener_connections(worker->listener),
	    .connections_refused = net_listener_refused(worker->listener),
	    .replies_waiting_bytes = h2_server_waiting(worker->h2),
	};
	struct db_stats stats;

	db_stats(worker->db, &stats);
	metrics_write(worker->metrics, &stats, &network, out);
}

static bool
healthy(void *arg)
{
	return rpc_serving(((const struct worker *)arg)->rpc);
}

static void
poll_drained(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = {.tv_usec = DRAIN_POLL_MS * 1000};
	struct worker *worker = arg;

	(void)fd;
	(void)what;
	if (h2_server_idle(worker->h2)) {
		log_write(LOG_LEVEL_INFO, "drained", NULL);
		stop(worker, WORKER_OK);
	} else if (clock_monotonic_ms() >= worker->drain_until_ms) {
		log_write(
		    LOG_LEVEL_WARN, "drain_incomplete", "detail", "calls were still open", NULL);
		stop(worker, WORKER_OK);
	} else {
		evtimer_add(worker->drain_poll, &again);
	}
}

static void
on_terminate(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;

	(void)fd;
	(void)what;
	if (worker->drain_until_ms != 0)
		return;
	log_write(LOG_LEVEL_INFO, "draining", NULL);
	worker->drain_until_ms =
	    clock_monotonic_ms() + (int64_t)worker->config->config.drain_s * 1000;
	rpc_drain(worker->rpc);
	net_listener_stop(worker->listener);
	h2_server_drain(worker->h2);
	poll_drained(-1, 0, worker);
}

/* What the settings that are not taken made is in use. */
static void
tell_restart(const struct config *running, const struct config *fresh)
{
	char names[512];

	config_restart_names(running, fresh, names, sizeof(names));
	if (names[0] != '\0')
		log_write(LOG_LEVEL_WARN, "restart_needed", "settings", names, NULL);
}

static struct net_tls_config
tls_config_of(const struct config *config)
{
	return (struct net_tls_config){
	    .certificate_file = config->certificate_file,
	    .key_file = config->key_file,
	    .client_ca_file = config->client_ca_file,
	    .crl_file = config->crl_file,
	    .require_client_certificate = config->require_client_certificate,
	};
}

/* All or nothing: only the files can be wrong. */
static bool
take(struct worker *worker, const struct config *fresh, struct status *status)
{
	const struct net_tls_config tls_config = tls_config_of(fresh);

	if (!net_tls_reload(worker->tls, &tls_config, status))
		return false;
	net_listener_set_connections(
	    worker->listener, fresh->connections_limit, fresh->address_connections_limit);
	rpc_set_limits(worker->rpc, (size_t)fresh->calls_limit, (size_t)fresh->user_calls_limit,
	    (int64_t)fresh->deadline_max_s * 1000);
	log_set_level(fresh->log_level);
	config_take(&worker->config->config, fresh);
	return true;
}

static void
on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;
	struct config fresh;
	struct status status = {0};
	char closed[16];

	(void)fd;
	(void)what;
	if (config_read(worker->config->argc, worker->config->argv, &fresh, &status) ==
	    CONFIG_WRONG) {
		log_write(LOG_LEVEL_ERROR, "reload_refused", "detail", status.message, NULL);
		return;
	}
	if (take(worker, &fresh, &status)) {
		tell_restart(&worker->config->config, &fresh);
		snprintf(
		    closed, sizeof(closed), "%d", net_listener_recheck_peers(worker->listener));
		log_write(LOG_LEVEL_INFO, "reloaded", "closed_connections", closed, NULL);
	} else {
		log_write(LOG_LEVEL_ERROR, "reload_refused", "detail", status.message, NULL);
	}
	config_free(&fresh);
}

static bool
start_signals(struct worker *worker, struct status *status)
{
	worker->signals[0] = evsignal_new(worker->base, SIGTERM, on_terminate, worker);
	worker->signals[1] = evsignal_new(worker->base, SIGINT, on_terminate, worker);
	worker->signals[2] = evsignal_new(worker->base, SIGHUP, on_reload, worker);
	for (size_t i = 0; i < sizeof(worker->signals) / sizeof(worker->signals[0]); i++)
		if (evsignal_add(worker->signals[i], NULL) != 0)
			return status_set(status, STATUS_UNAVAILABLE, NULL, NULL, NULL,
			    "cannot watch for signals: %s", strerror(errno));
	return true;
}

static bool
start_registry(struct worker *worker, struct status *status)
{
	size_t count;
	const struct rpc_service *const *services = services_all(&count);

	worker->registry = registry_new(services, count, status);
	if (worker->registry == NULL)
		return false;
	worker->metrics = metrics_new(worker->registry);
	return true;
}

static void
start_db(struct worker *worker)
{
	const struct config *config = &worker->config->config;
	const struct db_config db_config = {
	    .conninfo = config->database,
	    .read_connections = config->read_connections,
	    .write_connections = config->write_connections,
	    .slow_connections = config->slow_connections,
	    .queue_limit = (size_t)config->queue_limit,
	    .read_depth = (size_t)config->read_depth,
	    .reconnect_max_ms = RECONNECT_MAX_MS,
	    .schema_change = PBC_SCHEMA_CHANGE,
	};
	size_t count;
	const struct db_statement *const *statements =
	    registry_statements(worker->registry, &count);

	worker->db = db_new(worker->base, &db_config, statements, count);
}

static bool
start_rpc(struct worker *worker, struct status *status)
{
	const struct config *config = &worker->config->config;
	const struct rpc_config rpc_config = {
	    .base = worker->base,
	    .registry = worker->registry,
	    .metrics = worker->metrics,
	    .db = worker->db,
	    .static_folder = config->static_folder,
	    .calls_limit = (size_t)config->calls_limit,
	    .user_calls_limit = (size_t)config->user_calls_limit,
	    .held_limit = REQUESTS_HELD_BYTES,
	    .deadline_max_ms = (int64_t)config->deadline_max_s * 1000,
	};

	worker->rpc = rpc_new(&rpc_config, status);
	if (worker->rpc == NULL)
		return false;
	db_set_notify(worker->db, rpc_notify, worker->rpc);
	db_set_state_changed(worker->db, db_changed, worker);
	return true;
}

static bool
start_listener(struct worker *worker, struct status *status)
{
	const struct config *config = &worker->config->config;
	const struct net_tls_config tls_config = tls_config_of(config);
	const struct net_limits net_limits = {
	    .connections = config->connections_limit,
	    .connections_per_address = config->address_connections_limit,
	    .handshake_timeout_ms = HANDSHAKE_TIMEOUT_MS,
	    .idle_timeout_ms = IDLE_TIMEOUT_MS,
	    .write_timeout_ms = WRITE_TIMEOUT_MS,
	};
	const struct h2_limits h2_limits = {
	    .concurrent_streams = (unsigned)config->streams_limit,
	    .header_list_bytes = HEADER_LIST_BYTES,
	    .resets_per_minute = RESETS_PER_MINUTE,
	    .control_frames_per_minute = CONTROL_FRAMES_PER_MINUTE,
	    .stream_idle_timeout_ms = STREAM_IDLE_TIMEOUT_MS,
	    .waiting_bytes = WAITING_BYTES,
	};

	worker->tls = net_tls_new(&tls_config, status);
	if (worker->tls == NULL)
		return false;
	worker->h2 = h2_server_new(worker->base, &h2_limits, rpc_h2_callbacks(), worker->rpc);
	worker->listener = net_listener_new(worker->base, config->listen_address,
	    config->listen_port, config->workers > 1, worker->tls, &net_limits, h2_net_callbacks(),
	    worker->h2, status);
	return worker->listener != NULL;
}

static bool
start_admin(struct worker *worker, struct status *status)
{
	const struct config *config = &worker->config->config;
	const struct admin_source source = {
	    .write_metrics = write_metrics, .healthy = healthy, .arg = worker};

	if (config->admin_address == NULL)
		return true;
	worker->admin = admin_new(worker->base, config->admin_address,
	    (uint16_t)(config->admin_port + worker->config->index), &source, status);
	return worker->admin != NULL;
}

static void
log_listening(const struct worker *worker)
{
	char port[8];
	char index[16];

	snprintf(port, sizeof(port), "%u", (unsigned)net_listener_port(worker->listener));
	snprintf(index, sizeof(index), "%d", worker->config->index);
	log_write(LOG_LEVEL_INFO, "listening", "address", worker->config->config.listen_address,
	    "port", port, "worker", index, "version", PBC_VERSION, NULL);
}

/*
 * PostgreSQL sends an answer in pieces, and each would wake us at the cost of the backend that is
 * still at work. Under this policy, which needs no right, a waking process interrupts nobody: with
 * a core to spare nothing changes, without one we take what has come meanwhile together.
 */
static void
yield_to_backends(void)
{
	const struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
		log_write(LOG_LEVEL_WARN, "no_batch_scheduling", "detail", strerror(errno), NULL);
}

static bool
start(struct worker *worker, struct status *status)
{
	yield_to_backends();
	worker->base = event_base_new();
	if (worker->base == NULL)
		return status_set(status, STATUS_UNAVAILABLE, NULL, NULL, NULL,
		    "cannot make an event loop: %s", strerror(errno));
	worker->drain_poll = evtimer_new(worker->base, poll_drained, worker);
	if (!start_signals(worker, status) || !start_registry(worker, status))
		return false;
	start_db(worker);
	if (!start_rpc(worker, status) || !start_listener(worker, status) ||
	    !start_admin(worker, status))
		return false;
	log_listening(worker);
	return true;
}

/* Streams first, which lets go of calls; then the database, which lets go of the rest of them. */
static void
release(struct worker *worker)
{
	if (worker->base == NULL)
		return; /* the first that is made */
	admin_free(worker->admin);
	net_listener_free(worker->listener);
	h2_server_free(worker->h2);
	net_tls_free(worker->tls);
	db_free(worker->db);
	rpc_free(worker->rpc);
	metrics_free(worker->metrics);
	registry_free(worker->registry);
	for (size_t i = 0; i < sizeof(worker->signals) / sizeof(worker->signals[0]); i++)
		event_free(worker->signals[i]);
	event_free(worker->drain_poll);
	event_base_free(worker->base);
}

static bool
check_static(const char *folder, struct status *status)
{
	struct static_files *files;

	if (folder == NULL)
		return true;
	files = static_files_new(folder, status);
	static_files_free(files);
	return files != NULL;
}

static bool
check_tls(const struct config *config, struct status *status)
{
	const struct net_tls_config tls_config = tls_config_of(config);
	struct net_tls *tls = net_tls_new(&tls_config, status);

	net_tls_free(tls);
	return tls != NULL;
}

bool
worker_check(const struct config *config, struct status *status)
{
	return check_static(config->static_folder, status) && check_tls(config, status) &&
	       net_listener_check(config->listen_address, config->listen_port, status) &&
	       (config->admin_address == NULL || admin_check(config->admin_address, status));
}

int
worker_run(struct worker_config *config)
{
	struct worker worker = {.config = config};
	struct status status = {0};

	log_set_level(config->config.log_level);
	if (start(&worker, &status)) {
		event_base_dispatch(worker.base);
	} else {
		log_write(LOG_LEVEL_ERROR, "cannot_start", "detail", status.message, NULL);
		worker.exit_status = WORKER_WRONG;
	}
	release(&worker);
	config_free(&config->config);
	return worker.exit_status;
}
