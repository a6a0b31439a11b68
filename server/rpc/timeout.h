/* The header grpc-timeout: one to eight digits and a unit. */
#ifndef PBC_SERVER_RPC_TIMEOUT_H
#define PBC_SERVER_RPC_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Milliseconds of "500m" (H hours, M minutes, S seconds, m milliseconds, u microseconds, n
 * nanoseconds), rounded up so that a caller never waits in vain for less than it asked. False for
 * anything else.
 */
bool timeout_parse(const char *text, int64_t *timeout_ms);

#endif
