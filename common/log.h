/*
 * logfmt lines on standard error: time, level, event, then key=value pairs. Values are quoted and
 * escaped as needed (no line can be forged). No patient identifier, message body or secret is ever
 * passed here. Never blocks: while standard error takes nothing lines are dropped, and their number
 * is written with the next that goes out.
 */
#ifndef PBC_COMMON_LOG_H
#define PBC_COMMON_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_set_level(enum log_level level);
/* Name is written as program=... in each line; static storage. */
void log_set_program(const char *name);

/*
 * log_write(LOG_LEVEL_INFO, "listening", "address", "127.0.0.1:8443", NULL): pairs of const char *
 * key and value, ended by a NULL key. A NULL value leaves its pair out.
 */
void log_write(enum log_level level, const char *event, ...) __attribute__((sentinel));
/* The same with a printf-style detail= in place of pairs. */
void log_printf(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
