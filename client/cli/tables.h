/* The tables of commands, one file per part of the service: cmd_<part>.c. */
#ifndef PBC_CLIENT_CLI_TABLES_H
#define PBC_CLIENT_CLI_TABLES_H

#include "client/cli/command.h"

/* For --help of what shows counts. */
#define COUNT_NOTES                                                                     \
	"Outside the practice counts from 1 to 4, and what they could be got from by\n" \
	"subtraction, are left out."

/* Each ends with a NULL noun. */
extern const struct command reference_commands[];
extern const struct command tariff_commands[];
extern const struct command contract_commands[];
extern const struct command activity_commands[];
extern const struct command price_commands[];
extern const struct command review_commands[];
extern const struct command budget_commands[];
extern const struct command report_commands[];
extern const struct command case_commands[];
extern const struct command invoice_commands[];
extern const struct command settlement_commands[];
extern const struct command operation_commands[];
extern const struct command ledger_commands[];
extern const struct command health_commands[];

#endif
