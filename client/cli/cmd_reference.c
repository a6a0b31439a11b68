/* practice, provider, population, weighting, tariff: the files everything else rests on. */
#include "client/cli/tables.h"
#include "client/cli/wait.h"
#include "pbc/v1/reference.pb-c.h"

#define SERVICE &pbc__v1__reference_service__descriptor

static const struct param import_params[] = {
    {"FILE", "upload_id", NULL, "CSV file, - for standard input", true},
    {0},
};

static const struct param tariff_params[] = {
    {"FILE", "upload_id", NULL, "CSV file, - for standard input", true},
    {"year", "financial_year", "YEAR", "financial year, 2017/18", true},
    {0},
};

static const struct param term_list_params[] = {
    {"provider", "provider_code", "CODE", "of this provider only", false},
    {0},
};

static const struct column practice_columns[] = {
    {.field = "practice_code", .heading = "Practice"},
    {.field = "name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "group_code", .heading = "Group"},
    {.field = "valid_from_date", .heading = "From"},
    {.field = "valid_to_date", .heading = "To"},
    {.field = "patients", .heading = "Patients"},
    {0},
};

static const struct column provider_columns[] = {
    {.field = "provider_code", .heading = "Provider"},
    {.field = "name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "local", .heading = "Local"},
    {.field = "mff_ppm", .heading = "MFF"},
    {0},
};

static const struct column term_columns[] = {
    {.field = "provider_code", .heading = "Provider"},
    {.field = "term", .heading = "Term"},
    {.field = "code", .heading = "Code"},
    {.field = "pod", .heading = "POD"},
    {.field = "valid_from_date", .heading = "From", .csv = "valid_from"},
    {.field = "valid_to_date", .heading = "To", .csv = "valid_to"},
    {.field = "amount_pence", .heading = "Amount"},
    {.field = "source", .heading = "Source", .flags = COLUMN_WRAP},
    {.field = "recorded_at", .heading = "Loaded", .flags = COLUMN_CSV},
    {0},
};

static const struct view practice_view = {{{NULL, "practices", practice_columns, false}}};
static const struct view term_view = {{{NULL, "terms", term_columns, false}}};
static const struct view provider_view = {{{NULL, "providers", provider_columns, false}}};

const struct command reference_commands[] = {
    {"practice", "import", SERVICE, "ImportPractices", import_params, command_start,
	&operation_view, 0, "load practices and their membership of the PCT",
	"Columns: practice_code,name,commissioner_code,group_code,valid_from,valid_to.",
	"pbc practice import practices.csv"},
    {"practice", "list", SERVICE, "ListPractices", NULL, command_list, &practice_view, 0,
	"list practices", NULL, "pbc practice list --format csv"},
    {"provider", "import", SERVICE, "ImportProviders", import_params, command_start,
	&operation_view, 0, "load providers and their market forces factors",
	"Columns: provider_code,name,year,mff,local (Y or N).",
	"pbc provider import providers.csv"},
    {"provider", "terms", SERVICE, "ImportProviderTerms", import_params, command_start,
	&operation_view, 0, "load what providers' prices have besides the tariff",
	"Columns: provider_code,term,code,pod,valid_from,valid_to,amount,source.\n"
	"term TOP_UP: the provider gets the top-up of the specialised service that code names;\n"
	"pod and amount stay empty. UNBUNDLED and LOCAL: the amount, in pounds and mostly\n"
	"negative, is added to the price of the HRG or treatment function code at that pod.\n"
	"valid_to is its last day, source names the agreement. A row is never changed: a new one\n"
	"counts from its first day, with an amount of 0 to end the old one. months_priced_before\n"
	"tells how many months do not have the terms yet: pbc tariff apply prices them again.",
	"pbc provider terms terms.csv"},
    {"provider", "terms-list", SERVICE, "ListProviderTerms", term_list_params, command_list,
	&term_view, 0, "list what providers' prices have besides the tariff",
	"Of terms for one thing the newest comes first, and on a day on which several are valid\n"
	"it is the one that counts. A provider sees its own. CSV has the columns of the file that\n"
	"pbc provider terms takes, and when each was loaded.",
	"pbc provider terms-list --provider RXX"},
    {"provider", "list", SERVICE, "ListProviders", NULL, command_list, &provider_view, 0,
	"list providers", NULL, "pbc provider list"},
    {"population", "import", SERVICE, "ImportPopulations", import_params, command_start,
	&operation_view, 0, "load registered patients by sex and age band",
	"Columns: practice_code,year,sex,age_band,patients.",
	"pbc population import population.csv"},
    {"weighting", "import", SERVICE, "ImportWeightings", import_params, command_start,
	&operation_view, 0, "load weighted populations",
	"Columns: practice_code,year,weighted_population.", "pbc weighting import weighting.csv"},
    {"tariff", "import", SERVICE, "ImportTariff", tariff_params, command_start, &operation_view, 0,
	"load a year's national tariff",
	"Columns: currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,\n"
	"short_stay_applies,short_stay_price,valid_from,valid_to. Prices are in pounds.\n"
	"currency_type: HRG, TFC or AE. pod: DC, EL, NEL, NELNE, OPFA, OPFUP, OPPROC or AE.\n"
	"age_band: ALL, ADULT or CHILD. short_stay_applies: Y or N.",
	"pbc tariff import tariff.csv --year 2017/18"},
    {0},
};
