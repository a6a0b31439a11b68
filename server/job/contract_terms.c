/* The table of known terms, and contract.json against it. */
#include "server/job/contract_terms.h"

#include <stdio.h>
#include <string.h>

#include "common/codes.h"
#include "common/date.h"
#include "common/money.h"
#include "common/utf8.h"
#include "server/domain/pbr.h"

#define DEPTH_MAX 6
#define NAME_MAX_LENGTH 100
#define TEXT_MAX_LENGTH 200

struct known_term {
	const char *name; /* * is the number of an element of a list */
	bool (*sound)(const char *value, const struct known_term *term);
	int64_t min_ppm, max_ppm; /* of numbers */
	const char *expected;     /* follows "is not " */
};

static bool
is_organisation(const char *value, const struct known_term *term)
{
	(void)term;
	return ods_organisation_valid(value);
}

static bool
is_text(const char *value, const struct known_term *term)
{
	(void)term;
	return value[0] != '\0' && utf8_length(value) <= TEXT_MAX_LENGTH;
}

static bool
is_pod(const char *value, const struct known_term *term)
{
	enum pbr_pod pod;

	(void)term;
	return pbr_pod_parse(value, &pod);
}

static bool
is_block_kind(const char *value, const struct known_term *term)
{
	static const char *const kinds[] = {"tariff", "local_price", "cost_and_volume", "block"};

	(void)term;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], value) == 0)
			return true;
	return false;
}

static bool
is_hrg(const char *value, const struct known_term *term)
{
	(void)term;
	return hrg_valid(value);
}

static bool
is_year(const char *value, const struct known_term *term)
{
	int year;

	(void)term;
	return financial_year_parse(value, &year);
}

static bool
is_number(const char *value, const struct known_term *term)
{
	int64_t ppm;

	return ppm_parse(value, &ppm) && ppm >= term->min_ppm && ppm <= term->max_ppm;
}

static bool
is_whole(const char *value, const struct known_term *term)
{
	return strchr(value, '.') == NULL && is_number(value, term);
}

#define SHARE 0, PPM, "a share from 0 to 1 such as 0.70"
#define CODE 0, 0

/* Names are API: add, never rename. client/docs/contract.md repeats the table for people. */
static const struct known_term known_terms[] = {
    {"lead_commissioner_code", is_organisation, CODE, "a PCT's code"},
    {"associate_commissioner_codes.*", is_organisation, CODE, "a PCT's code"},
    {"service_blocks.*.name", is_text, CODE, "text of 1 to 200 characters"},
    {"service_blocks.*.pods.*", is_pod, CODE, "a point of delivery such as EL"},
    {"service_blocks.*.kind", is_block_kind, CODE,
	"one of tariff, local_price, cost_and_volume and block"},
    {"on_account_twelfths", is_whole, PPM, 12 * PPM, "a whole number from 1 to 12"},
    {"emergency_baseline", is_year, CODE, "a financial year such as 2008/09"},
    {"emergency_marginal_rate", is_number, SHARE},
    {"activity_variance_threshold", is_number, SHARE},
    {"activity_caps.*.pod", is_pod, CODE, "a point of delivery such as EL"},
    {"activity_caps.*.activity", is_whole, 0, INT64_C(999999999) * PPM, "a whole number"},
    {"activity_caps.*.marginal_rate", is_number, SHARE},
    {"consultant_to_consultant_cap", is_number, SHARE},
    {"follow_up_ratio", is_number, 0, 100 * PPM, "a number of follow-ups from 0 to 100"},
    {"prior_approval_hrgs.*", is_hrg, CODE, "an HRG such as HN22E"},
    {"kpi.*.name", is_text, CODE, "text of 1 to 200 characters"},
    {"kpi.*.target", is_number, 0, INT64_C(999999999) * PPM, "a number such as 18 or 0.95"},
};

/* Does the name of a term match, an element's number where the table has a star? */
static bool
has_name(const char *known, const char *name)
{
	size_t digits;

	for (; *known != '\0'; known++) {
		if (*known == '*') {
			digits = strspn(name, "0123456789");
			if (digits == 0)
				return false;
			name += digits;
		} else if (*known != *name++) {
			return false;
		}
	}
	return *name == '\0';
}

static bool
refuse(struct status *status, const char *reason, const char *name, const char *message)
{
	return status_set(status, STATUS_INVALID_ARGUMENT, reason, name, CONTRACT_TERMS_MEND,
	    "contract.json: %s", message);
}

static bool
refuse_unknown(const char *name, struct status *status)
{
	return status_set(status, STATUS_INVALID_ARGUMENT, "UNKNOWN_TERM", name,
	    "see the names with: pbc contract submit --help", "contract.json: no term is called %s",
	    name);
}

static bool
check_term(const char *name, const char *value, struct status *status)
{
	for (size_t i = 0; i < sizeof(known_terms) / sizeof(known_terms[0]); i++) {
		const struct known_term *term = &known_terms[i];

		if (!has_name(term->name, name))
			continue;
		return term->sound(value, term) ||
		       status_set(status, STATUS_INVALID_ARGUMENT, "BAD_TERM", name,
			   CONTRACT_TERMS_MEND, "contract.json: %s is not %s", name,
			   term->expected);
	}
	return refuse_unknown(name, status);
}

/* The names of members as the table has them: one with a point or a digit could be two things. */
static bool
is_plain_name(const char *key)
{
	return key[0] != '\0' && key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

/* Does the table have elements of a list of that name? An empty one says that there are none. */
static bool
is_list(const char *name)
{
	char list[NAME_MAX_LENGTH];

	for (size_t i = 0; i < sizeof(known_terms) / sizeof(known_terms[0]); i++) {
		const char *known = known_terms[i].name;
		const char *star = known;

		while ((star = strstr(star + 1, ".*")) != NULL) {
			snprintf(list, sizeof(list), "%.*s", (int)(star - known), known);
			if (has_name(list, name))
				return true;
		}
	}
	return false;
}

static bool
add_term(json_t *terms, const char *name, const json_t *value, struct status *status)
{
	char number[40] = "";
	const char *text = json_string_value(value);

	if (json_array_size(terms) == CONTRACT_TERMS_MAX)
		return refuse(status, "BAD_CONTRACT", name, "more than 500 terms");
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		return refuse(status, "BAD_TERM", name,
		    "write numbers with decimals in quotes, so that they stay exact");
	if (text == NULL)
		text = number;
	if (!check_term(name, text, status))
		return false;
	json_array_append_new(terms, json_pack("{s:s, s:s}", "name", name, "value", text));
	return true;
}

static bool
flatten(json_t *terms, const char *name, json_t *value, int depth, struct status *status)
{
	char inner[NAME_MAX_LENGTH + 60];
	const char *key;
	json_t *member;
	size_t i;

	if (depth > DEPTH_MAX || strlen(name) > NAME_MAX_LENGTH)
		return refuse(status, "BAD_CONTRACT", name, "a term is nested too deeply");
	if (json_is_object(value)) {
		json_object_foreach(value, key, member)
		{
			snprintf(inner, sizeof(inner), "%s.%s", name, key);
			if (!is_plain_name(key))
				return refuse_unknown(inner, status);
			if (!flatten(terms, inner, member, depth + 1, status))
				return false;
		}
		return json_object_size(value) > 0 || refuse_unknown(name, status);
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			snprintf(inner, sizeof(inner), "%s.%zu", name, i + 1);
			if (!flatten(terms, inner, member, depth + 1, status))
				return false;
		}
		return json_array_size(value) > 0 || is_list(name) || refuse_unknown(name, status);
	}
	return add_term(terms, name, value, status);
}

bool
contract_terms_read(json_t *document, json_t *terms, struct status *status)
{
	const char *key;
	json_t *member;

	json_object_foreach(document, key, member)
	{
		if (strcmp(key, "provider_code") == 0 || strcmp(key, "financial_year") == 0)
			continue;
		if (!is_plain_name(key))
			return refuse_unknown(key, status);
		if (!flatten(terms, key, member, 0, status))
			return false;
	}
	return true;
}
