/* Between call.c, reply.c and query.c only. */
#ifndef PBC_SERVER_RPC_CALL_INTERNAL_H
#define PBC_SERVER_RPC_CALL_INTERNAL_H

#include "server/rpc/call.h"

struct shape_violations;

/* The ticket is gone. Frees the call if its stream has gone before. */
void call_query_over(struct call *call);
/* Counts and logs the outcome, once per call, before its stream goes. */
void call_record(struct call *call, enum status_code code, const char *reason);
/* Timers off, out of the waiting list, database work cancelled. */
void call_stop(struct call *call);
void call_refuse_fields(struct call *call, const struct shape_violations *violations);

#endif
