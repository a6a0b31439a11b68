/* Contract files: contract.json, plan.csv, prices.csv. */
#include "deploy/sample/contract.h"

#include <stdlib.h>

#include "common/memory.h"

/* A spell has one line in the plan, a clinic three: first, follow-up, procedure. */
#define CLINIC_LINES 3

struct cell {
	int64_t activity;
	int64_t cost_pence;
};

struct contract_plan {
	const struct world *world;
	size_t lines;
	struct cell *cells; /* [provider][line][practice][month] */
};

/* A line of the plan: what it is called in the file. */
struct plan_line {
	enum casemix_pod pod;
	const char *currency;
};

static size_t
count_lines(void)
{
	return casemix_spell_count + CLINIC_LINES * casemix_clinic_count + casemix_attendance_count;
}

struct contract_plan *
contract_plan_new(const struct world *world)
{
	struct contract_plan *plan = memory_calloc(1, sizeof(*plan));

	plan->world = world;
	plan->lines = count_lines();
	plan->cells = memory_calloc(
	    WORLD_PROVIDERS * plan->lines * world->practices * 12, sizeof(*plan->cells));
	return plan;
}

void
contract_plan_free(struct contract_plan *plan)
{
	free(plan->cells);
	free(plan);
}

static size_t
line_of_event(const struct pathway_event *event)
{
	switch (event->dataset) {
	case PATHWAY_APC:
		return (size_t)(event->spell - casemix_spells);
	case PATHWAY_OP:
		return casemix_spell_count +
		       CLINIC_LINES * (size_t)(event->clinic - casemix_clinics) +
		       (size_t)(event->pod - CASEMIX_OPFA);
	case PATHWAY_AE:
		break;
	}
	return casemix_spell_count + CLINIC_LINES * casemix_clinic_count +
	       (size_t)(event->attendance - casemix_attendances);
}

static struct plan_line
describe_line(size_t line)
{
	const struct casemix_clinic *clinic;
	enum casemix_pod pod;

	if (line < casemix_spell_count)
		return (struct plan_line){casemix_spells[line].pod, casemix_spells[line].hrg};
	line -= casemix_spell_count;
	if (line < CLINIC_LINES * casemix_clinic_count) {
		clinic = &casemix_clinics[line / CLINIC_LINES];
		pod = (enum casemix_pod)(CASEMIX_OPFA + line % CLINIC_LINES);
		return (struct plan_line){pod,
		    pod == CASEMIX_OPPROC ? clinic->procedure_hrg : clinic->treatment_function};
	}
	line -= CLINIC_LINES * casemix_clinic_count;
	return (struct plan_line){CASEMIX_AE, casemix_attendances[line].hrg};
}

static struct cell *
find_cell(
    const struct contract_plan *plan, size_t provider, size_t line, size_t practice, int month)
{
	size_t index = (provider * plan->lines + line) * plan->world->practices + practice;

	return &plan->cells[index * 12 + (size_t)month];
}

void
contract_plan_add(struct contract_plan *plan, const struct record_context *context,
    const struct pathway_event *event, const struct record *record,
    const struct world_practice *practice, int month)
{
	struct record repriced = *record;
	struct cell *cell;
	int64_t pence;

	if (event->dataset == PATHWAY_OP &&
	    (event->by_telephone || (event->attended[0] != '5' && event->attended[0] != '6')))
		return;
	repriced.mff_ppm = world_providers[event->provider].mff_ppm[TARIFF_2017];
	pence = record_price_as(context, &repriced, TARIFF_2017, NULL);
	if (pence == TARIFF_NO_PRICE)
		return;
	cell = find_cell(plan, event->provider, line_of_event(event),
	    (size_t)(practice - plan->world->practice), month);
	cell->activity++;
	cell->cost_pence += pence;
}

static void
write_plan(const struct contract_plan *plan, size_t provider, const char *directory,
    struct manifest *manifest)
{
	struct manifest_entry entry = {
	    .kind = "plan", .provider_code = world_providers[provider].code, .period = "2017/18"};
	struct out_file out;
	struct plan_line described;
	const struct cell *cell;
	size_t line, practice;
	month_t month;
	char text[8];
	int i;

	out_open(&out, directory, "contracts/%s/plan.csv", entry.provider_code);
	out_header(&out, "month,pod,currency,practice_code,activity,cost");
	for (i = 0; i < 12; i++) {
		month = financial_year_month(2017, i + 1);
		month_format(month, text);
		for (line = 0; line < plan->lines; line++) {
			described = describe_line(line);
			for (practice = 0; practice < plan->world->practices; practice++) {
				cell = find_cell(plan, provider, line, practice, i);
				if (cell->activity == 0)
					continue;
				out_text(&out, text);
				out_text(&out, casemix_pod_names[described.pod]);
				out_text(&out, described.currency);
				out_text(&out, plan->world->practice[practice].code);
				out_number(&out, cell->activity);
				out_money(&out, cell->cost_pence);
				out_row_end(&out);
				entry.total_pence += cell->cost_pence;
			}
		}
	}
	out_close(&out);
	manifest_add(manifest, &out, &entry);
}

static void
write_prices(size_t provider, const char *directory, struct manifest *manifest)
{
	static const struct {
		enum casemix_pod pod;
		int64_t pence;
	} prices[] = {
	    {CASEMIX_OPFA, CASEMIX_LOCAL_FIRST_PENCE},
	    {CASEMIX_OPFUP, CASEMIX_LOCAL_FOLLOW_UP_PENCE},
	};
	struct manifest_entry entry = {
	    .kind = "prices", .provider_code = world_providers[provider].code, .period = "2017/18"};
	struct out_file out;
	size_t i;

	out_open(&out, directory, "contracts/%s/prices.csv", entry.provider_code);
	out_header(&out, "pod,currency,name,price");
	for (i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		out_text(&out, casemix_pod_names[prices[i].pod]);
		out_text(&out, CASEMIX_LOCAL_FUNCTION);
		out_text(&out, "Audiology (synthetic local price)");
		out_money(&out, prices[i].pence);
		out_row_end(&out);
	}
	out_close(&out);
	manifest_add(manifest, &out, &entry);
}

static void
write_terms(size_t provider, const char *directory, struct manifest *manifest)
{
	struct manifest_entry entry = {.kind = "contract",
	    .provider_code = world_providers[provider].code,
	    .period = "2017/18"};
	struct out_file out;

	out_open(&out, directory, "contracts/%s/contract.json", entry.provider_code);
	fprintf(out.file,
	    "{\n"
	    "  \"provider_code\": \"%s\",\n"
	    "  \"lead_commissioner_code\": \"%s\",\n"
	    "  \"associate_commissioner_codes\": [\"%s\"],\n"
	    "  \"financial_year\": \"2017/18\",\n"
	    "  \"service_blocks\": [\n"
	    "    {\"name\": \"admitted\", \"pods\": [\"DC\", \"EL\", \"NEL\", \"NELNE\"], "
	    "\"kind\": \"tariff\"},\n"
	    "    {\"name\": \"outpatient\", \"pods\": [\"OPFA\", \"OPFUP\", \"OPPROC\"], "
	    "\"kind\": \"tariff\"},\n"
	    "    {\"name\": \"ae\", \"pods\": [\"AE\"], \"kind\": \"tariff\"}\n"
	    "  ],\n"
	    "  \"on_account_twelfths\": 12,\n"
	    "  \"emergency_baseline\": \"2016/17\",\n"
	    "  \"emergency_marginal_rate\": \"0.70\",\n"
	    "  \"activity_variance_threshold\": \"0.03\",\n"
	    "  \"follow_up_ratio\": \"2.5\",\n"
	    "  \"prior_approval_hrgs\": [\"BZ34C\", \"CA60B\", \"HN12F\", \"HN22E\"],\n"
	    "  \"kpi\": [\n"
	    "    {\"name\": \"first_outpatient_within_weeks\", \"target\": \"13\"},\n"
	    "    {\"name\": \"admission_within_weeks\", \"target\": \"18\"}\n"
	    "  ]\n"
	    "}\n",
	    entry.provider_code, WORLD_COMMISSIONER, WORLD_NEIGHBOUR);
	out_close(&out);
	manifest_add(manifest, &out, &entry);
}

void
contract_write(const struct contract_plan *plan, const char *directory, struct manifest *manifest)
{
	size_t provider;

	for (provider = 0; provider < WORLD_PROVIDERS; provider++) {
		if (!world_providers[provider].local)
			continue;
		write_terms(provider, directory, manifest);
		write_plan(plan, provider, directory, manifest);
		write_prices(provider, directory, manifest);
	}
}
