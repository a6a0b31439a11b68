/* InvoiceService: providers' bills, taken in for settlement. */
#include "pbc/v1/invoice.pb-c.h"
#include "server/service/services.h"

#define INVOICE_READERS (ROLE_PCT_FINANCE | ROLE_PCT_APPROVER | ROLE_PROVIDER | ROLE_AUDITOR)

static const struct rpc_row invoice_rows[] = {
    {
	.method = "SubmitInvoice",
	.effect = RPC_WRITE,
	.roles = ROLE_PCT_FINANCE | ROLE_PROVIDER,
	.lane = DB_WRITE,
	.mandatory = "request_id upload_id provider_code period invoice_number kind",
    },
    {
	.method = "GetInvoice",
	.effect = RPC_READ,
	.roles = INVOICE_READERS,
	.lane = DB_READ,
	.mandatory = "invoice_id",
    },
    {
	.method = "ListInvoices",
	.effect = RPC_READ,
	.roles = INVOICE_READERS,
	.lane = DB_READ,
    },
};

const struct rpc_service invoice_service =
    RPC_SERVICE(&pbc__v1__invoice_service__descriptor, invoice_rows);
