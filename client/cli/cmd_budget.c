/* budget: derive, issue, show, and explain every line. */
#include "client/cli/tables.h"
#include "client/cli/wait.h"
#include "pbc/v1/budget.pb-c.h"

#define SERVICE &pbc__v1__budget_service__descriptor

static const struct param run_params[] = {
    {"year", "financial_year", "YEAR", "financial year, 2017/18", true},
    {0},
};

static const struct param issue_params[] = {
    {"BUDGET", "budget_id", NULL, "budget id, as budget run and budget list print it", true},
    {0},
};

static const struct param show_params[] = {
    {"practice", "practice_code", "CODE", "whose budget; your own practice's if left out", false},
    {"year", "financial_year", "YEAR", "financial year, 2017/18", false},
    {0},
};

static const struct param list_params[] = {
    {"year", "financial_year", "YEAR", "only this financial year, 2017/18", false},
    {0},
};

static const struct param explain_params[] = {
    {"LINE", "line_id", NULL, "line id, as budget show prints it", true},
    {"practice", "practice_code", "CODE", "whose budget; your own practice's if left out", false},
    {"year", "financial_year", "YEAR", "financial year, 2017/18", false},
    {0},
};

static const struct column run_columns[] = {
    {.field = "budget_id", .heading = "Budget"},
    {.field = "financial_year", .heading = "Year"},
    {.field = "state", .heading = "State"},
    {.field = "basis", .heading = "Basis", .flags = COLUMN_WRAP},
    {.field = "practices", .heading = "Practices"},
    {.field = "total_pence", .heading = "Total"},
    {.field = "created_by", .heading = "Made by"},
    {.field = "create_time", .heading = "Made"},
    {.field = "issued_by", .heading = "Issued by"},
    {.field = "issue_time", .heading = "Issued"},
    {0},
};

static const struct column budget_columns[] = {
    {.field = "practice_code", .heading = "Practice"},
    {.field = "practice_name", .heading = "Name"},
    {.field = "financial_year", .heading = "Year"},
    {.field = "budget_id", .heading = "Budget"},
    {.field = "state", .heading = "State"},
    {.field = "basis", .heading = "Basis", .flags = COLUMN_WRAP},
    {.field = "activity", .heading = "Activity", .flags = COLUMN_COUNT},
    {.field = "cost_pence", .heading = "Cost"},
    {.field = "issue_time", .heading = "Issued"},
    {0},
};

/* The twelve months are too wide for people; in CSV they are the point. */
static const struct column line_columns[] = {
    {.field = "/budget.practice_code", .heading = "Practice", .flags = COLUMN_CSV},
    {.field = "/budget.financial_year", .heading = "Year", .flags = COLUMN_CSV},
    {.field = "line_id", .heading = "Line"},
    {.field = "pod", .heading = "POD"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "provider_name", .heading = "Name", .flags = COLUMN_WRAP},
    {.field = "activity", .heading = "Activity", .flags = COLUMN_COUNT},
    {.field = "cost_pence", .heading = "Cost"},
    {"month_cost_pence[0]", "Apr", "month_01_cost", COLUMN_CSV},
    {"month_cost_pence[1]", "May", "month_02_cost", COLUMN_CSV},
    {"month_cost_pence[2]", "Jun", "month_03_cost", COLUMN_CSV},
    {"month_cost_pence[3]", "Jul", "month_04_cost", COLUMN_CSV},
    {"month_cost_pence[4]", "Aug", "month_05_cost", COLUMN_CSV},
    {"month_cost_pence[5]", "Sep", "month_06_cost", COLUMN_CSV},
    {"month_cost_pence[6]", "Oct", "month_07_cost", COLUMN_CSV},
    {"month_cost_pence[7]", "Nov", "month_08_cost", COLUMN_CSV},
    {"month_cost_pence[8]", "Dec", "month_09_cost", COLUMN_CSV},
    {"month_cost_pence[9]", "Jan", "month_10_cost", COLUMN_CSV},
    {"month_cost_pence[10]", "Feb", "month_11_cost", COLUMN_CSV},
    {"month_cost_pence[11]", "Mar", "month_12_cost", COLUMN_CSV},
    {0},
};

static const struct column explained_columns[] = {
    {.field = "line_id", .heading = "Line"},
    {.field = "pod", .heading = "POD"},
    {.field = "provider_code", .heading = "Provider"},
    {.field = "provider_name", .heading = "Name"},
    {.field = "activity", .heading = "Activity", .flags = COLUMN_COUNT},
    {.field = "cost_pence", .heading = "Cost"},
    {0},
};

static const struct column step_columns[] = {
    {.field = "step", .heading = "Step"},
    {.field = "rule", .heading = "Rule"},
    {.field = "detail", .heading = "Working", .flags = COLUMN_WRAP},
    {.field = "activity", .heading = "Activity", .flags = COLUMN_COUNT},
    {.field = "amount_pence", .heading = "Amount"},
    {.field = "source", .heading = "Source", .flags = COLUMN_WRAP},
    {0},
};

static const struct view issue_view = {{{NULL, "budget_run", run_columns, false}}};
static const struct view list_view = {{{NULL, "budget_runs", run_columns, false}}};
static const struct view budget_view = {{
    {NULL, "budget", budget_columns, false},
    {NULL, "budget.lines", line_columns, true},
}};
static const struct view explain_view = {{
    {NULL, "line", explained_columns, false},
    {NULL, "steps", step_columns, true},
}};

const struct command budget_commands[] = {
    {"budget", "run", SERVICE, "RunBudget", run_params, command_start, &operation_view, 0,
	"derive a draft budget for every practice",
	"Last year's activity at this year's tariff, times the uplift, phased by month.",
	"pbc budget run --year 2017/18"},
    {"budget", "issue", SERVICE, "IssueBudget", issue_params, command_unary, &issue_view, 0,
	"make a draft the practices' budget",
	"A budget that was issued before is superseded, never changed.",
	"pbc budget issue 6f1ed002-ab5c-4c5d-9a26-4b0a4f2f8f8c"},
    {"budget", "show", SERVICE, "GetBudget", show_params, command_unary, &budget_view, 0,
	"show a practice's budget", COUNT_NOTES,
	"pbc budget show --practice A81001 --year 2017/18"},
    {"budget", "list", SERVICE, "ListBudgets", list_params, command_list, &list_view, 0,
	"list drafts and issued budgets", NULL, "pbc budget list --year 2017/18"},
    {"budget", "explain", SERVICE, "ExplainBudgetLine", explain_params, command_unary,
	&explain_view, 0, "show the working of a budget line, step by step", COUNT_NOTES,
	"pbc budget explain NEL.RXX --practice A81001 --year 2017/18"},
    {0},
};
