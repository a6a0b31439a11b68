/*
 * A refusal or failure as a value: a gRPC code, a reason word that is part of the API, a sentence
 * for people, and where there is one the field it is about and the remedy.
 */
#ifndef PBC_COMMON_STATUS_H
#define PBC_COMMON_STATUS_H

#include <stdbool.h>

/* The canonical codes of gRPC, doc/statuscodes.md. */
enum status_code {
	STATUS_OK = 0,
	STATUS_CANCELLED = 1,
	STATUS_UNKNOWN = 2,
	STATUS_INVALID_ARGUMENT = 3,
	STATUS_DEADLINE_EXCEEDED = 4,
	STATUS_NOT_FOUND = 5,
	STATUS_ALREADY_EXISTS = 6,
	STATUS_PERMISSION_DENIED = 7,
	STATUS_RESOURCE_EXHAUSTED = 8,
	STATUS_FAILED_PRECONDITION = 9,
	STATUS_ABORTED = 10,
	STATUS_OUT_OF_RANGE = 11,
	STATUS_UNIMPLEMENTED = 12,
	STATUS_INTERNAL = 13,
	STATUS_UNAVAILABLE = 14,
	STATUS_DATA_LOSS = 15,
	STATUS_UNAUTHENTICATED = 16,
};

/*
 * Texts are copied in and cut at the array's end (never inside a UTF-8 sequence), so a status owns
 * no memory.
 */
struct status {
	enum status_code code;
	char reason[48];   /* SELF_APPROVAL; empty if none */
	char message[512]; /* one sentence */
	char field[96];    /* request field or file column; empty if none */
	char hint[256];    /* what to do; empty if none */
};

/* Fills *status; returns false so that a check can end with "return status_set(...)". */
bool status_set(struct status *status, enum status_code code, const char *reason, const char *field,
    const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* "NOT_FOUND" of 5; "UNKNOWN" for a number outside the list. Static storage. */
const char *status_code_name(enum status_code code);

#endif
