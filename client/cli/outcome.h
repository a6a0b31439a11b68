/*
 * Outcomes of operations in words for people. Their names are the API's and stay so in CSV and
 * JSON.
 */
#ifndef PBC_CLIENT_CLI_OUTCOME_H
#define PBC_CLIENT_CLI_OUTCOME_H

#include <stdbool.h>

#include "client/cli/cell.h"
#include "pbc/v1/operation.pb-c.h"

/* "Lines that agree" for people, "matched_lines" in CSV; pence lose the unit, as columns do. */
const char *outcome_name(
    const Pbc__V1__Outcome *outcome, enum cell_style style, struct arena *arena);
/* Counts with separators and pence in pounds; as it stands if it is neither. */
const char *outcome_value(
    const Pbc__V1__Outcome *outcome, enum cell_style style, struct arena *arena);

/* A count of nothing that says nothing either: none excluded, but not none accepted. */
bool outcome_is_quiet(const Pbc__V1__Outcome *outcome, struct arena *arena);

/*
 * What the result of an operation of this kind is: "Submission"; "Result" of a kind not known here.
 */
const char *outcome_result_heading(const char *kind);

/* The value of the outcome with this name; "" if there is none. */
const char *outcome_find(const Pbc__V1__Operation *operation, const char *name);

#endif
