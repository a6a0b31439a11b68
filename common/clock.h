/* Time that only moves forward, for timeouts; wall time only for log lines. */
#ifndef PBC_COMMON_CLOCK_H
#define PBC_COMMON_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);
/* "2007-07-31T12:00:00.123Z" and NUL. */
void clock_wall_text(char text[25]);

#endif
