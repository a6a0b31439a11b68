/*
 * Lays out the Financial Summary: a block per point of delivery, its title in the place of the
 * first heading, then seven pairs of activity and cost. The printed report of 2007/08 headed the
 * last pair with the month although it holds the year to date; here it is headed YTD Variance.
 */
#include "client/cli/report.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/cell.h"
#include "client/cli/table.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/date.h"
#include "common/money.h"
#include "common/utf8.h"

/* In the order of the columns. */
enum {
	MONTH_BUDGET,
	MONTH_ACTUAL,
	MONTH_VARIANCE,
	ANNUAL_BUDGET,
	YTD_BUDGET,
	YTD_ACTUAL,
	YTD_VARIANCE,
	FIGURES,
};

/* What a figure is. */
struct figure_kind {
	const char *heading; /* after the month's name if it begins with a space */
	const char *csv;
	size_t offset; /* of the figure's pointer in a row */
};

#define FIGURE(heading, name)                                       \
	{                                                           \
		heading, #name, offsetof(Pbc__V1__SummaryRow, name) \
	}

static const struct figure_kind figure_kinds[FIGURES] = {
    [MONTH_BUDGET] = FIGURE(" Budget", month_budget),
    [MONTH_ACTUAL] = FIGURE(" Actual", month_actual),
    [MONTH_VARIANCE] = FIGURE(" Variance", month_variance),
    [ANNUAL_BUDGET] = FIGURE("Annual Budget", annual_budget),
    [YTD_BUDGET] = FIGURE("YTD Budget", ytd_budget),
    [YTD_ACTUAL] = FIGURE("YTD Actual", ytd_actual),
    [YTD_VARIANCE] = FIGURE("YTD Variance", ytd_variance),
};

/* The figure of a row; one that is not set is none, for nothing. */
static Pbc__V1__Figure
figure_of(const Pbc__V1__SummaryRow *row, size_t kind)
{
	Pbc__V1__Figure none = PBC__V1__FIGURE__INIT;
	Pbc__V1__Figure *figure;

	none.count_case = PBC__V1__FIGURE__COUNT_ACTIVITY;
	memcpy(&figure, (const char *)row + figure_kinds[kind].offset, sizeof(figure));
	return figure != NULL ? *figure : none;
}

static bool
is_hidden(const Pbc__V1__Figure *figure)
{
	return figure->count_case != PBC__V1__FIGURE__COUNT_ACTIVITY;
}

/* The count, or what stands for one that is not shown. */
static void
activity_text(const Pbc__V1__Figure *figure, const char *hidden, char text[24])
{
	if (is_hidden(figure))
		snprintf(text, 24, "%s", hidden);
	else
		snprintf(text, 24, "%" PRId64, figure->activity);
}

/* Widths that all blocks share, so that their columns stand below one another. */
struct layout {
	int name;
	int activity[FIGURES];
	int cost[FIGURES];
};

static int
wider(int a, size_t b)
{
	return a > (int)b ? a : (int)b;
}

static void
measure_row(struct layout *layout, const Pbc__V1__SummaryRow *row)
{
	char text[48];

	layout->name = wider(layout->name, utf8_width(row->flag) + utf8_width(row->name));
	for (size_t kind = 0; kind < FIGURES; kind++) {
		Pbc__V1__Figure figure = figure_of(row, kind);

		activity_text(&figure, CELL_HIDDEN, text);
		layout->activity[kind] = wider(layout->activity[kind], strlen(text));
		money_format_thousands(figure.cost_pence, text);
		layout->cost[kind] = wider(layout->cost[kind], utf8_width(text));
	}
}

static void
measure(struct layout *layout, const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	*layout = (struct layout){.name = (int)strlen("Provider")};
	for (size_t kind = 0; kind < FIGURES; kind++) {
		layout->activity[kind] = (int)strlen("Activity");
		layout->cost[kind] = (int)strlen("Cost");
	}
	for (size_t i = 0; i < summary->n_blocks; i++) {
		layout->name = wider(layout->name, utf8_width(summary->blocks[i]->title));
		for (size_t j = 0; j < summary->blocks[i]->n_rows; j++)
			measure_row(layout, summary->blocks[i]->rows[j]);
	}
}

/* "   13  £7.6k": padded by columns, which printf would count in bytes. */
static void
pair_cell(struct table *table, const struct layout *layout, size_t kind, const char *activity,
    const char *cost)
{
	int cost_pad = layout->cost[kind] - (int)utf8_width(cost);
	char text[128];

	snprintf(
	    text, sizeof(text), "%*s %*s%s", layout->activity[kind], activity, cost_pad, "", cost);
	table_cell(table, kind + 1, text);
}

static void
name_cell(struct table *table, const struct layout *layout, const char *flag, const char *name)
{
	int pad = layout->name - (int)utf8_width(flag) - (int)utf8_width(name);
	struct buf text = {0};

	buf_printf(&text, "%s%s%*s", flag, name, pad, "");
	table_cell(table, 0, (const char *)text.data);
	buf_free(&text);
}

static void
row_line(struct table *table, const struct layout *layout, const Pbc__V1__SummaryRow *row)
{
	table_line(table);
	name_cell(table, layout, row->flag, row->name);
	for (size_t kind = 0; kind < FIGURES; kind++) {
		Pbc__V1__Figure figure = figure_of(row, kind);
		char activity[24];
		char cost[48];

		activity_text(&figure, CELL_HIDDEN, activity);
		money_format_thousands(figure.cost_pence, cost);
		pair_cell(table, layout, kind, activity, cost);
	}
}

/* "Jul-07" of "2007-07"; as it stands if it is no month. */
static const char *
month_name(const char *period, char text[16])
{
	static const char *const names[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	month_t month;

	if (!month_parse(period, &month))
		return period;
	snprintf(text, 16, "%s-%02d", names[month % 12], (month / 12) % 100);
	return text;
}

static void
print_block(const struct layout *layout, const Pbc__V1__SummaryBlock *block, const char *month,
    const char *by)
{
	struct table *table = table_new(true);
	char heading[64];

	table_column(table, block->title, TABLE_LEFT);
	for (size_t kind = 0; kind < FIGURES; kind++) {
		const char *words = figure_kinds[kind].heading;

		snprintf(heading, sizeof(heading), "%s%s", words[0] == ' ' ? month : "", words);
		table_column(table, heading, TABLE_RIGHT);
	}
	table_heading_line(table);
	name_cell(table, layout, "", by);
	for (size_t kind = 0; kind < FIGURES; kind++)
		pair_cell(table, layout, kind, "Activity", "Cost");
	for (size_t i = 0; i < block->n_rows; i++)
		row_line(table, layout, block->rows[i]);
	putchar('\n');
	table_print(table);
}

void
report_variance_words(int64_t variance_pence, char text[80])
{
	char amount[48];

	if (variance_pence == 0) {
		snprintf(text, 80, "on budget");
		return;
	}
	/* Whole pence are said exactly: "by £0.0k" would say nothing. */
	money_format_grouped(variance_pence < 0 ? -variance_pence : variance_pence, amount);
	snprintf(text, 80, "%s budget by %s", variance_pence < 0 ? "over" : "under", amount);
}

/* Blocks do not overlap, so the first rows (All) add up to the whole. */
static void
print_totals(const Pbc__V1__GetFinancialSummaryResponse *summary, const char *month)
{
	int64_t month_pence = 0;
	int64_t ytd_pence = 0;
	char month_words[80];
	char ytd_words[80];

	for (size_t i = 0; i < summary->n_blocks; i++) {
		if (summary->blocks[i]->n_rows == 0)
			continue;
		month_pence += figure_of(summary->blocks[i]->rows[0], MONTH_VARIANCE).cost_pence;
		ytd_pence += figure_of(summary->blocks[i]->rows[0], YTD_VARIANCE).cost_pence;
	}
	report_variance_words(month_pence, month_words);
	report_variance_words(ytd_pence, ytd_words);
	printf("\n%s: %s. Year to date: %s.\n", month, month_words, ytd_words);
}

/* " (AE, OP frozen)" of a month that is frozen in part. */
static void
print_frozen(const Pbc__V1__MonthState *state)
{
	for (size_t i = 0; i < state->n_frozen_datasets; i++)
		printf("%s%s", i == 0 ? " (" : ", ", state->frozen_datasets[i]);
	if (state->n_frozen_datasets > 0)
		printf(" frozen)");
}

/* Months whose figures may still change. */
static void
print_provisional(const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	const char *join = "Provisional: ";
	char month[16];

	for (size_t i = 0; i < summary->n_months; i++) {
		const Pbc__V1__MonthState *state = summary->months[i];

		if (strcmp(state->state, "frozen") == 0)
			continue;
		printf("%s%s %s %s", join, month_name(state->period, month), state->provider_code,
		    state->state);
		print_frozen(state);
		join = "; ";
	}
	if (join[0] == ';')
		printf(".\n");
}

void
report_completion_words(int64_t flex_pence, int64_t frozen_pence, char text[80])
{
	int64_t change = frozen_pence - flex_pence;
	int64_t tenths = ((change < 0 ? -change : change) * 1000 + flex_pence / 2) / flex_pence;

	if (tenths == 0)
		snprintf(text, 80, "earlier flex months ended the same");
	else
		snprintf(text, 80, "earlier flex months ended %" PRId64 ".%" PRId64 " %% %s",
		    tenths / 10, tenths % 10, change < 0 ? "lower" : "higher");
}

/* Of the months from first on that are of one period; answers the index of the next period. */
static size_t
print_completion(const Pbc__V1__GetFinancialSummaryResponse *summary, size_t first)
{
	const char *period = summary->months[first]->period;
	int64_t flex_pence = 0, frozen_pence = 0;
	size_t i, providers = 0;
	char month[16];
	char words[80];

	for (i = first; i < summary->n_months; i++) {
		const Pbc__V1__MonthState *state = summary->months[i];

		if (strcmp(state->period, period) != 0)
			break;
		providers += strcmp(state->state, "flex") == 0;
		for (size_t j = 0; j < state->n_completions; j++) {
			flex_pence += state->completions[j]->flex_pence;
			frozen_pence += state->completions[j]->frozen_pence;
		}
	}
	if (providers == 0)
		return i;
	printf("%s is flex at %zu provider%s", month_name(period, month), providers,
	    providers == 1 ? "" : "s");
	if (flex_pence > 0) {
		report_completion_words(flex_pence, frozen_pence, words);
		printf("; %s", words);
	}
	printf(".\n");
	return i;
}

static bool
any_flag(const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	for (size_t i = 0; i < summary->n_blocks; i++)
		for (size_t j = 0; j < summary->blocks[i]->n_rows; j++)
			if (summary->blocks[i]->rows[j]->flag[0] != '\0')
				return true;
	return false;
}

static bool
row_hides(const Pbc__V1__SummaryRow *row)
{
	for (size_t kind = 0; kind < FIGURES; kind++) {
		Pbc__V1__Figure figure = figure_of(row, kind);

		if (is_hidden(&figure))
			return true;
	}
	return false;
}

static bool
any_hidden(const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	for (size_t i = 0; i < summary->n_blocks; i++)
		for (size_t j = 0; j < summary->blocks[i]->n_rows; j++)
			if (row_hides(summary->blocks[i]->rows[j]))
				return true;
	return false;
}

/* "Provider" of "provider"; what is short for several words is in capitals. */
static void
heading_of(const char *word, char heading[32])
{
	bool is_short =
	    strcmp(word, "pod") == 0 || strcmp(word, "hrg") == 0 || strcmp(word, "ae") == 0;

	snprintf(heading, 32, "%s", word);
	for (size_t i = 0; heading[i] != '\0' && (i == 0 || is_short); i++)
		heading[i] = (char)toupper((unsigned char)heading[i]);
}

/* A name is what somebody once loaded from a file. */
static void
print_practice(const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	printf("%s ", summary->practice_code);
	cell_print(stdout, summary->practice_name);
	putchar('\n');
}

static void
print_filter(const char *label, const char *value)
{
	printf("%s ", label);
	cell_print(stdout, value != NULL ? value : "All");
}

/* In the order of the printed report's head, where a filter that is not set is All. */
static void
print_filters(const struct report_filters *filters, const char *by)
{
	char pod[32];

	heading_of(filters->pod != NULL ? filters->pod : "all", pod);
	print_filter("Point of delivery", pod);
	print_filter(", chapter", filters->chapter);
	print_filter(", HRG", filters->hrg);
	print_filter(", specialty", filters->specialty);
	print_filter(", provider", filters->provider);
	print_filter(", analysed by", by);
	putchar('\n');
}

void
report_print_table(
    const Pbc__V1__GetFinancialSummaryResponse *summary, const struct report_filters *filters)
{
	struct layout layout;
	char heading[32];
	char month_text[16];
	const char *month = month_name(summary->period, month_text);

	heading_of(filters->by != NULL ? filters->by : "provider", heading);
	measure(&layout, summary);
	printf("Financial Summary %s\n", summary->financial_year);
	if (summary->practice_code[0] != '\0')
		print_practice(summary);
	printf("Basket %s, report end %s\n", summary->basket, month);
	print_filters(filters, heading);
	if (summary->as_at[0] != '\0')
		printf("As at %s\n", summary->as_at);
	for (size_t i = 0; i < summary->n_blocks; i++)
		print_block(&layout, summary->blocks[i], month, heading);
	print_totals(summary, month);
	print_provisional(summary);
	for (size_t i = 0; i < summary->n_months;)
		i = print_completion(summary, i);
	if (any_flag(summary))
		printf("! no contract or budget this year\n");
	if (any_hidden(summary))
		printf("%s\n", CELL_HIDDEN_NOTE);
}

/* Whether a row's figures hold the provider's: they do unless the row is of another provider. */
static bool
row_has_provider(const Pbc__V1__GetFinancialSummaryResponse *summary,
    const Pbc__V1__SummaryRow *row, const char *provider)
{
	bool names_provider = false;

	for (size_t i = 0; i < summary->n_months; i++)
		names_provider =
		    names_provider || strcmp(summary->months[i]->provider_code, row->code) == 0;
	return !names_provider || strcmp(row->code, provider) == 0;
}

/* What earlier flex months of the row's providers ended at; "" of a frozen figure, and if none. */
static void
completion_text(const Pbc__V1__GetFinancialSummaryResponse *summary,
    const Pbc__V1__SummaryBlock *block, const Pbc__V1__SummaryRow *row, char text[40])
{
	int64_t flex_pence = 0, frozen_pence = 0;

	text[0] = '\0';
	/* Others: of whom is not told. */
	if (row->code[0] == '\0' && row != block->rows[0])
		return;
	for (size_t i = 0; i < summary->n_months; i++) {
		const Pbc__V1__MonthState *month = summary->months[i];

		if (strcmp(month->period, summary->period) != 0 ||
		    !row_has_provider(summary, row, month->provider_code))
			continue;
		for (size_t j = 0; j < month->n_completions; j++) {
			if (strcmp(month->completions[j]->pod_group, block->pod_group) != 0)
				continue;
			flex_pence += month->completions[j]->flex_pence;
			frozen_pence += month->completions[j]->frozen_pence;
		}
	}
	/* To a thousandth, which is more than they tell. */
	if (strcmp(row->month_state, "flex") == 0 && flex_pence > 0)
		ppm_format((frozen_pence * 1000 + flex_pence / 2) / flex_pence * 1000, text);
}

static void
csv_row(const Pbc__V1__GetFinancialSummaryResponse *summary, const Pbc__V1__SummaryBlock *block,
    const Pbc__V1__SummaryRow *row)
{
	struct buf line = {0};
	char activity[24], money[32], completion[40];

	csv_write_field(&line, block->title, true);
	buf_append_text(&line, ",");
	csv_write_field(&line, row->name, true);
	for (size_t kind = 0; kind < FIGURES; kind++) {
		Pbc__V1__Figure figure = figure_of(row, kind);

		activity_text(&figure, "", activity);
		money_format(figure.cost_pence, money);
		buf_printf(&line, ",%s,%s", activity, money);
	}
	buf_append_text(&line, ",");
	csv_write_field(&line, row->flag, true);
	completion_text(summary, block, row, completion);
	buf_printf(&line, ",%s,%s,%s\r\n", row->month_state, row->ytd_state, completion);
	fwrite(line.data, 1, line.length, stdout);
	buf_free(&line);
}

void
report_print_csv(const Pbc__V1__GetFinancialSummaryResponse *summary)
{
	printf("block,row");
	for (size_t kind = 0; kind < FIGURES; kind++)
		printf(",%s_activity,%s_cost", figure_kinds[kind].csv, figure_kinds[kind].csv);
	printf(",flag,month_state,ytd_state,month_completion\r\n");
	for (size_t i = 0; i < summary->n_blocks; i++)
		for (size_t j = 0; j < summary->blocks[i]->n_rows; j++)
			csv_row(summary, summary->blocks[i], summary->blocks[i]->rows[j]);
}
