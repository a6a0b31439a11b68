/* Points in time as RFC 3339 text, in the range and precision of google.protobuf.Timestamp. */
#ifndef PBC_COMMON_TIMESTAMP_H
#define PBC_COMMON_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define TIMESTAMP_TEXT 31 /* the longest text and NUL */

/*
 * "2007-07-31T12:00:00Z", "...:00.5+01:00": upper-case T and Z, one to nine decimals, any offset up
 * to 23:59, years 0001 to 9999. False, leaving both alone, for anything else; a 60th second too.
 */
bool timestamp_parse(const char *text, int64_t *seconds, int32_t *nanos);
/*
 * In UTC with 0, 3, 6 or 9 decimals, as few as hold nanos. False if outside years 0001 to 9999 or
 * nanos outside 0 to 999,999,999.
 */
bool timestamp_format(int64_t seconds, int32_t nanos, char text[TIMESTAMP_TEXT]);

#endif
