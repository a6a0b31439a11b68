/* The services this server offers, each a table in its own file. */
#ifndef PBC_SERVER_SERVICE_SERVICES_H
#define PBC_SERVER_SERVICE_SERVICES_H

#include <stddef.h>

#include "server/rpc/registry.h"

extern const struct rpc_service activity_service, budget_service, business_case_service,
    contract_service, invoice_service, ledger_service, operation_service, pricing_service,
    reference_service, report_service, review_service, settlement_service, tariff_service,
    upload_service;

/* All of them, for registry_new. */
const struct rpc_service *const *services_all(size_t *count);

#endif
