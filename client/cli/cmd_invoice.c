/* invoice: a provider's bill. */
#include "client/cli/tables.h"
#include "client/cli/wait.h"
#include "pbc/v1/invoice.pb-c.h"

#define SERVICE &pbc__v1__invoice_service__descriptor

static const struct param submit_params[] = {
    {"FILE", "upload_id", NULL, "CSV file of the lines, - for standard input", true},
    {"provider", "provider_code", "CODE", "who bills", true},
    {"period", "period", "YYYY-MM", "month billed", true},
    {"number", "invoice_number", "N", "the provider's number, used once", true},
    {"total", "total_pence", "POUNDS", "the stated total, 12345.67", true},
    {"kind", "kind", "KIND", "on-account, reconciliation or credit-note", true},
    {0},
};

static const struct param show_params[] = {
    {"INVOICE", "invoice_id", NULL, "invoice id", true},
    {0},
};

static const struct param list_params[] = {
    {"provider", "provider_code", "CODE", "only this provider", false},
    {0},
};

static const struct column invoice_columns[] = {
    {.field = "invoice_id", .heading = "Invoice"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "invoice_number", .heading = "Number"},
    {.field = "period", .heading = "Period"},
    {.field = "kind", .heading = "Kind"},
    {.field = "total_pence", .heading = "Total"},
    {.field = "line_count", .heading = "Lines"},
    {.field = "state", .heading = "State"},
    {.field = "submitted_by", .heading = "Sent by"},
    {.field = "submit_time", .heading = "Sent"},
    {0},
};

static const struct view invoice_view = {{{NULL, "invoice", invoice_columns, false}}};
static const struct view list_view = {{{NULL, "invoices", invoice_columns, false}}};

const struct command invoice_commands[] = {
    {"invoice", "submit", SERVICE, "SubmitInvoice", submit_params, command_start, &operation_view,
	0, "send a bill with its lines",
	"Columns: line_number,record_id,practice_code,pod,currency,activity,price.\n"
	"The lines must add up to the stated total. A record that an adjustment amended is on the\n"
	"invoice of the month of posting with the difference; one that moved to another practice\n"
	"with the difference (0 for the same price) or with a line for each of the practices.",
	"pbc invoice submit july.csv --provider RXX --period 2017-07 \\\n"
	"    --number RXX-0042 --total 12345.67 --kind reconciliation"},
    {"invoice", "show", SERVICE, "GetInvoice", show_params, command_unary, &invoice_view, 0,
	"show an invoice", NULL, "pbc invoice show 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"invoice", "list", SERVICE, "ListInvoices", list_params, command_list, &list_view, 0,
	"list invoices", NULL, "pbc invoice list --provider RXX"},
    {0},
};
