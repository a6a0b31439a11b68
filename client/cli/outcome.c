/* The words for what an operation came to. */
#include "client/cli/outcome.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Only names whose words are not the name itself, and those that are told when they are 0. */
static const struct outcome_word {
	const char *name; /* without its unit */
	const char *heading;
	bool told_if_zero;
} outcome_words[] = {
    {"rows", "Rows in the file", true},
    {"new", "New", true},
    {"accepted", "Accepted", true},
    {"rejected", "Rejected", true},
    {"cost", "Cost", true},
    {"repriced_months", "Months priced again", true},
    {"adjusted_months", "Frozen months adjusted", true},
    {"kept_frozen", "Frozen, not priced again", true},
    {"open_datasets", "Not frozen yet", true},
    {"late", "Late: was due by", true},
    {"duplicate_of", "Same file as", true},
    {"replaced_by", "Replaced since by", true},
    {"amended_by", "Amended since by", true},
    {"restored", "Counts again", true},
    {"supersedes", "Replaces", true},
    {"superseded_accepted", "Accepted there", true},
    {"superseded_cost", "Cost there", true},
    {"unknown_column", "Column not used", true},
    {"total", "Total", true},
    {"invoice", "Invoiced", true},
    {"undisputed", "Undisputed", true},
    {"disputed", "Disputed", true},
    {"matched_lines", "Lines that agree", true},
    {"difference_lines", "Lines that differ", true},
};

static const struct {
	const char *kind;
	const char *heading;
} results[] = {
    {"import_activity", "Submission"},
    {"restore_submission", "Submission"},
    {"import_tariff", "Tariff"},
    {"submit_contract", "Contract"},
    {"submit_invoice", "Invoice"},
    {"budget_run", "Budget"},
    {"settlement_run", "Settlement"},
};

static const struct outcome_word *
find_word(const char *plain)
{
	for (size_t i = 0; i < COUNT(outcome_words); i++)
		if (strcmp(outcome_words[i].name, plain) == 0)
			return &outcome_words[i];
	return NULL;
}

/* "missing_in_ledger" is Missing in ledger, "error.E105" Error E105. */
static const char *
spell(const char *plain, struct arena *arena)
{
	char *text = arena_strdup(arena, plain);

	for (char *at = text; *at != '\0'; at++)
		if (*at == '_' || *at == '.')
			*at = ' ';
	text[0] = (char)toupper((unsigned char)text[0]);
	return text;
}

const char *
outcome_name(const Pbc__V1__Outcome *outcome, enum cell_style style, struct arena *arena)
{
	const char *plain = cell_csv_name(outcome->name, arena);
	const struct outcome_word *word = find_word(plain);

	/* A code is no path: its dot is part of the name. */
	if (strchr(outcome->name, '.') != NULL)
		plain = outcome->name;
	if (style == CELL_CSV)
		return plain;
	return word != NULL ? word->heading : spell(plain, arena);
}

/* False if the value is no whole number; "" is none. */
static bool
read_number(const Pbc__V1__Outcome *outcome, int64_t *number)
{
	char *end;

	*number = strtoll(outcome->value, &end, 10);
	return outcome->value[0] != '\0' && *end == '\0';
}

const char *
outcome_value(const Pbc__V1__Outcome *outcome, enum cell_style style, struct arena *arena)
{
	int64_t number;

	if (!read_number(outcome, &number))
		return outcome->value;
	if (cell_name_ends(outcome->name, "_pence"))
		return cell_money(number, style, arena);
	return style == CELL_CSV ? outcome->value : cell_count(number, arena);
}

bool
outcome_is_quiet(const Pbc__V1__Outcome *outcome, struct arena *arena)
{
	const struct outcome_word *word = find_word(cell_csv_name(outcome->name, arena));

	return strcmp(outcome->value, "0") == 0 && (word == NULL || !word->told_if_zero);
}

const char *
outcome_result_heading(const char *kind)
{
	for (size_t i = 0; i < COUNT(results); i++)
		if (strcmp(results[i].kind, kind) == 0)
			return results[i].heading;
	return "Result";
}

const char *
outcome_find(const Pbc__V1__Operation *operation, const char *name)
{
	for (size_t i = 0; i < operation->n_outcomes; i++)
		if (strcmp(operation->outcomes[i]->name, name) == 0)
			return operation->outcomes[i]->value;
	return "";
}
