/*
 * The terms of contract.json. Members of members are named a.b, elements of lists a.1, a.2; each is
 * checked against the table of known terms, because what nobody knows nobody can hold a party to.
 */
#ifndef PBC_SERVER_JOB_CONTRACT_TERMS_H
#define PBC_SERVER_JOB_CONTRACT_TERMS_H

#include <stdbool.h>
#include <jansson.h>

#include "common/status.h"

#define CONTRACT_TERMS_MAX 500
/* The remedy of every refusal of the document. */
#define CONTRACT_TERMS_MEND "mend contract.json and submit the contract again"

/*
 * Adds {"name": ..., "value": ...} to the array for every member of the document but provider_code
 * and financial_year. False with *status set: UNKNOWN_TERM, BAD_TERM or BAD_CONTRACT, its field the
 * term's name. Whether an HRG is in the tariff is the caller's to look up.
 */
bool contract_terms_read(json_t *document, json_t *terms, struct status *status);

#endif
