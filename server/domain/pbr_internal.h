/* Between the sources of pbr only. */
#ifndef PBC_SERVER_DOMAIN_PBR_INTERNAL_H
#define PBC_SERVER_DOMAIN_PBR_INTERNAL_H

#include "server/domain/pbr.h"

/* Adds a step if there is a working. rule is static. */
void pbr_add_step(struct pbr_working *working, const char *rule, int64_t amount_pence,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
