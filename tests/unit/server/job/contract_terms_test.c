/* Known terms of a contract, on both sides of each check. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "server/job/contract_terms.h"

/* The terms of the document as name=value lines; reason is the refusal's, "" for none. */
static void
expect(const char *text, const char *lines, const char *reason, const char *field)
{
	struct status status = {.code = STATUS_OK};
	json_t *document = json_loads(text, 0, NULL);
	json_t *terms = json_array();
	char told[1024] = "";
	json_t *term;
	size_t i;

	cr_assert_not_null(document, "%s", text);
	cr_expect_eq(contract_terms_read(document, terms, &status), reason[0] == '\0', "%s: %s",
	    text, status.message);
	cr_expect_str_eq(status.reason, reason, "%s", text);
	cr_expect_str_eq(status.field, field, "%s", text);
	json_array_foreach(terms, i, term)
	{
		size_t length = strlen(told);

		snprintf(told + length, sizeof(told) - length, "%s=%s\n",
		    json_string_value(json_object_get(term, "name")),
		    json_string_value(json_object_get(term, "value")));
	}
	if (reason[0] == '\0')
		cr_expect_str_eq(told, lines);
	json_decref(terms);
	json_decref(document);
}

Test(contract_terms, members_are_named_by_their_path)
{
	expect("{\"provider_code\": \"RXA\", \"financial_year\": \"2017/18\","
	       " \"lead_commissioner_code\": \"5XZ\", \"on_account_twelfths\": 12,"
	       " \"service_blocks\": [{\"name\": \"ae\", \"pods\": [\"AE\", \"EL\"],"
	       " \"kind\": \"block\"}], \"kpi\": []}",
	    "lead_commissioner_code=5XZ\non_account_twelfths=12\nservice_blocks.1.name=ae\n"
	    "service_blocks.1.pods.1=AE\nservice_blocks.1.pods.2=EL\nservice_blocks.1.kind=block\n",
	    "", "");
}

Test(contract_terms, each_term_has_its_type_and_range)
{
	static const struct {
		const char *name, *sound, *wrong;
	} cases[] = {
	    {"emergency_marginal_rate", "\"0.70\"", "\"7O%\""},
	    {"emergency_marginal_rate", "\"0\"", "\"70%\""},
	    {"emergency_marginal_rate", "1", "\"1.01\""},
	    {"emergency_marginal_rate", "\"1.000000\"", "\"-0.1\""},
	    {"emergency_baseline", "\"2008/09\"", "\"2008/10\""},
	    {"activity_variance_threshold", "\"0.03\"", "3"},
	    {"follow_up_ratio", "\"2.5\"", "\"1:2.5\""},
	    {"follow_up_ratio", "100", "101"},
	    {"on_account_twelfths", "1", "0"},
	    {"on_account_twelfths", "\"12\"", "13"},
	    {"on_account_twelfths", "12", "\"1.5\""},
	    {"consultant_to_consultant_cap", "\"0.1\"", "true"},
	    {"lead_commissioner_code", "\"5XZ\"", "\"the PCT\""},
	    {"kpi", "[{\"name\": \"seen within weeks\", \"target\": \"18\"}]",
		"[{\"target\": \"soon\"}]"},
	    {"prior_approval_hrgs", "[\"BZ34C\", \"H80\"]", "[\"cataract\"]"},
	    {"associate_commissioner_codes", "[\"5YZ\"]", "[null]"},
	    {"service_blocks", "[{\"kind\": \"cost_and_volume\"}]", "[{\"kind\": \"lump\"}]"},
	    {"service_blocks", "[{\"pods\": [\"OPPROC\"]}]", "[{\"pods\": [\"OP\"]}]"},
	    {"activity_caps", "[{\"pod\": \"EL\", \"activity\": 100, \"marginal_rate\": \"0.5\"}]",
		"[{\"activity\": \"100.5\"}]"},
	};
	char text[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status status = {.code = STATUS_OK};
		json_t *terms = json_array();
		json_t *document;

		snprintf(text, sizeof(text), "{\"%s\": %s}", cases[i].name, cases[i].sound);
		document = json_loads(text, 0, NULL);
		cr_expect(contract_terms_read(document, terms, &status), "%s", status.message);
		json_decref(document);
		snprintf(text, sizeof(text), "{\"%s\": %s}", cases[i].name, cases[i].wrong);
		document = json_loads(text, 0, NULL);
		cr_expect_not(contract_terms_read(document, terms, &status), "%s", text);
		cr_expect_str_eq(status.reason, "BAD_TERM", "%s", text);
		cr_expect(
		    strncmp(status.field, cases[i].name, strlen(cases[i].name)) == 0, "%s", text);
		cr_expect(status.hint[0] != '\0');
		json_decref(document);
		json_decref(terms);
	}
}

Test(contract_terms, what_is_not_known_is_refused_by_name)
{
	expect(
	    "{\"emergency_margnal_rate\": \"0.7\"}", "", "UNKNOWN_TERM", "emergency_margnal_rate");
	expect("{\"kpi\": \"18\"}", "", "UNKNOWN_TERM", "kpi");
	expect("{\"kpi\": [\"18\"]}", "", "UNKNOWN_TERM", "kpi.1");
	expect("{\"kpi\": {\"name\": \"x\"}}", "", "UNKNOWN_TERM", "kpi.name");
	expect(
	    "{\"emergency_baseline\": [\"2008/09\"]}", "", "UNKNOWN_TERM", "emergency_baseline.1");
	expect("{\"penalties\": []}", "", "UNKNOWN_TERM", "penalties");
	expect("{\"penalties\": {}}", "", "UNKNOWN_TERM", "penalties");
	expect("{\"on_account_twelfths\": []}", "", "UNKNOWN_TERM", "on_account_twelfths");
	expect("{\"kpi\": [{}]}", "", "UNKNOWN_TERM", "kpi.1");
	expect("{\"kpi\": [[]]}", "", "UNKNOWN_TERM", "kpi.1");
	/* What would be another way to write kpi.1.name, perhaps with another value. */
	expect("{\"kpi.1.name\": \"x\"}", "", "UNKNOWN_TERM", "kpi.1.name");
	expect("{\"kpi\": {\"1\": {\"name\": \"x\"}}}", "", "UNKNOWN_TERM", "kpi.1");
	expect("{\"kpi\": {\"1.name\": \"x\"}}", "", "UNKNOWN_TERM", "kpi.1.name");
	expect("{\"emergency_marginal_rate\": 0.7}", "", "BAD_TERM", "emergency_marginal_rate");
}

Test(contract_terms, a_list_may_be_empty)
{
	expect("{\"kpi\": [], \"associate_commissioner_codes\": [], \"prior_approval_hrgs\": []}",
	    "", "", "");
	expect("{\"service_blocks\": [{\"name\": \"all\", \"pods\": []}]}",
	    "service_blocks.1.name=all\n", "", "");
}

Test(contract_terms, there_are_at_most_500)
{
	json_t *document = json_object();
	json_t *hrgs = json_array();
	json_t *terms = json_array();
	struct status status = {.code = STATUS_OK};

	json_object_set_new(document, "prior_approval_hrgs", hrgs);
	for (int i = 0; i < CONTRACT_TERMS_MAX; i++)
		json_array_append_new(hrgs, json_string("BZ34C"));
	cr_expect(contract_terms_read(document, terms, &status));
	json_array_append_new(hrgs, json_string("BZ34C"));
	json_array_clear(terms);
	cr_expect_not(contract_terms_read(document, terms, &status));
	cr_expect_str_eq(status.reason, "BAD_CONTRACT");
	json_decref(terms);
	json_decref(document);
}

/* client/docs/contract.md has a row "| `name` | what |" for each of these, and no other. */
Test(contract_terms, every_term_is_documented)
{
	static const char *const names[] = {"lead_commissioner_code",
	    "associate_commissioner_codes.*", "service_blocks.*.name", "service_blocks.*.pods.*",
	    "service_blocks.*.kind", "on_account_twelfths", "emergency_baseline",
	    "emergency_marginal_rate", "activity_variance_threshold", "activity_caps.*.pod",
	    "activity_caps.*.activity", "activity_caps.*.marginal_rate",
	    "consultant_to_consultant_cap", "follow_up_ratio", "prior_approval_hrgs.*",
	    "kpi.*.name", "kpi.*.target"};
	static char page[65536];
	FILE *file = fopen(TERMS_PAGE, "r");
	size_t rows = 0;
	char row[80];
	char *at;

	cr_assert_not_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(row, sizeof(row), "\n| `%s` | ", names[i]);
		cr_expect_not_null(strstr(page, row), "%s", names[i]);
	}
	at = strstr(page, "\n## Terms of a contract\n");
	cr_assert_not_null(at);
	at += strlen("\n## ");
	*strstr(at, "\n## ") = '\0';
	while ((at = strstr(at, "\n| `")) != NULL) {
		at++;
		rows++;
	}
	cr_expect_eq(rows, sizeof(names) / sizeof(names[0]));
}
