/* The list of services. A service that is not in it does not exist. */
#include "server/service/services.h"

const struct rpc_service *const *
services_all(size_t *count)
{
	static const struct rpc_service *const all[] = {
	    &activity_service,
	    &budget_service,
	    &business_case_service,
	    &contract_service,
	    &invoice_service,
	    &ledger_service,
	    &operation_service,
	    &pricing_service,
	    &reference_service,
	    &report_service,
	    &review_service,
	    &settlement_service,
	    &tariff_service,
	    &upload_service,
	};

	*count = sizeof(all) / sizeof(all[0]);
	return all;
}
