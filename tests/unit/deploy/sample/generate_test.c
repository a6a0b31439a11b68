/*
 * Rules of the sample as files: same bytes for a seed, the files that its page promises, totals
 * that add up, errors as often as published and as they are told.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codes.h"
#include "common/csv.h"
#include "common/money.h"
#include "common/sha256.h"

#define ROWS "30000"

#define FOLDERS 3

struct folder {
	char path[64];
};

static struct folder folders[FOLDERS];
static size_t folder_count;

/* Deleted when the test has ended, however that was. */
static struct folder
new_folder(void)
{
	struct folder *folder = &folders[folder_count++];

	cr_assert_leq(folder_count, FOLDERS);
	*folder = (struct folder){"/tmp/pbc-sample-XXXXXX"};
	cr_assert_not_null(mkdtemp(folder->path));
	return *folder;
}

static void
delete_folders(void)
{
	char command[128];

	while (folder_count > 0) {
		snprintf(command, sizeof(command), "rm -rf %s", folders[--folder_count].path);
		cr_assert_eq(system(command), 0);
	}
}

TestSuite(generate, .fini = delete_folders);

static struct folder
generate(const char *seed)
{
	struct folder folder = new_folder();
	char command[512];

	snprintf(command, sizeof(command), "%s --seed %s --rows " ROWS " --data %s --out %s",
	    PBC_SAMPLE, seed, PBC_SAMPLE_DATA, folder.path);
	cr_assert_eq(system(command), 0);
	return folder;
}

/* Calls row for each row of a file below the folder; column i of the row is fields[i] of names. */
static void
read_csv(const struct folder *folder, const char *path, const struct csv_column *names,
    size_t count, csv_row_fn *row, void *arg)
{
	struct csv_reader *reader = csv_reader_new(names, count, row, NULL, arg);
	struct status status = {0};
	char full[256];
	char data[8192];
	size_t length;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", folder->path, path);
	file = fopen(full, "r");
	cr_assert_not_null(file, "%s", full);
	while ((length = fread(data, 1, sizeof(data), file)) > 0)
		cr_assert(csv_reader_feed(reader, data, length, &status), "%s", status.message);
	cr_assert(csv_reader_finish(reader, &status), "%s", status.message);
	fclose(file);
	csv_reader_free(reader);
}

enum { KIND, FILE_PATH, PHASE, ROW_COUNT, TOTAL };

static const struct csv_column manifest_columns[] = {{"kind", CSV_MANDATORY},
    {"file", CSV_MANDATORY}, {"phase", CSV_MANDATORY}, {"rows", CSV_MANDATORY},
    {"total", CSV_MANDATORY}};

static void
read_manifest(const struct folder *folder, csv_row_fn *row, void *arg)
{
	read_csv(folder, "manifest.csv", manifest_columns, 5, row, arg);
}

struct digest {
	const struct folder *folder;
	struct sha256 sha256;
};

static void
digest_file(struct digest *digest, const char *path)
{
	char full[256];
	char data[8192];
	size_t length;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", digest->folder->path, path);
	file = fopen(full, "r");
	cr_assert_not_null(file, "%s", full);
	while ((length = fread(data, 1, sizeof(data), file)) > 0)
		sha256_update(&digest->sha256, data, length);
	fclose(file);
}

static bool
digest_row(void *arg, const struct csv_row *row)
{
	digest_file(arg, row->fields[FILE_PATH]);
	return true;
}

/* Of manifest.csv and of all that it names. */
static void
digest_folder(const struct folder *folder, char hex[SHA256_HEX])
{
	struct digest digest = {.folder = folder};

	sha256_init(&digest.sha256);
	digest_file(&digest, "manifest.csv");
	read_manifest(folder, digest_row, &digest);
	sha256_finish(&digest.sha256, hex);
}

Test(generate, same_seed_same_bytes)
{
	struct folder first = generate("1");
	struct folder second = generate("1");
	struct folder other = generate("2");
	char hex[3][SHA256_HEX];

	digest_folder(&first, hex[0]);
	digest_folder(&second, hex[1]);
	digest_folder(&other, hex[2]);
	cr_assert_str_eq(hex[0], hex[1]);
	cr_assert_str_neq(hex[0], hex[2]);
}

struct sums {
	const struct folder *folder;
	int64_t rows, pence;
	int64_t invoices;
};

static bool
add_price(void *arg, const struct csv_row *row)
{
	struct sums *sums = arg;
	int64_t pence;

	cr_assert(money_parse(row->fields[0], &pence));
	sums->pence += pence * strtoll(row->fields[1], NULL, 10);
	sums->rows++;
	return true;
}

static bool
check_invoice(void *arg, const struct csv_row *row)
{
	static const struct csv_column columns[] = {
	    {"price", CSV_MANDATORY}, {"activity", CSV_MANDATORY}};
	struct sums *sums = arg;
	int64_t total;

	if (strcmp(row->fields[KIND], "invoice") != 0)
		return true;
	sums->rows = 0;
	sums->pence = 0;
	sums->invoices++;
	read_csv(sums->folder, row->fields[FILE_PATH], columns, 2, add_price, sums);
	cr_assert(money_parse(row->fields[TOTAL], &total));
	cr_assert_eq(sums->pence, total, "%s", row->fields[FILE_PATH]);
	cr_assert_eq(sums->rows, strtoll(row->fields[ROW_COUNT], NULL, 10));
	return true;
}

Test(generate, invoice_lines_add_up_to_the_manifest)
{
	struct folder folder = generate("1");
	struct sums sums = {&folder, 0, 0, 0};

	read_manifest(&folder, check_invoice, &sums);
	cr_assert_eq(sums.invoices, 6 * 12);
}

/* How many files of each kind, and the rows of activity by phase in the current year. */
struct contents {
	const struct folder *folder;
	int files, activity, invoices, contracts, tariffs, truth;
	int64_t flex_rows, freeze_rows;
	int64_t rows, pence;
};

static bool
add_stated_price(void *arg, const struct csv_row *row)
{
	struct contents *contents = arg;
	int64_t pence;

	contents->rows++;
	if (row->fields[0][0] == '\0')
		return true;
	cr_assert(money_parse(row->fields[0], &pence));
	contents->pence += pence;
	return true;
}

/* The manifest's rows and total are those of the file. */
static void
check_activity_file(struct contents *contents, const struct csv_row *row)
{
	static const struct csv_column columns[] = {{"provider_price", CSV_MANDATORY}};
	bool current = strstr(row->fields[FILE_PATH], "_2017-") != NULL &&
		       strcmp(strstr(row->fields[FILE_PATH], "_2017-"), "_2017-04") >= 0;
	int64_t total;

	current = current || strstr(row->fields[FILE_PATH], "_2018-") != NULL;
	contents->rows = 0;
	contents->pence = 0;
	read_csv(contents->folder, row->fields[FILE_PATH], columns, 1, add_stated_price, contents);
	cr_assert(money_parse(row->fields[TOTAL], &total));
	cr_expect_eq(contents->pence, total, "%s", row->fields[FILE_PATH]);
	cr_expect_eq(contents->rows, strtoll(row->fields[ROW_COUNT], NULL, 10));
	if (strcmp(row->fields[PHASE], "flex") == 0)
		contents->flex_rows += contents->rows;
	else if (current)
		contents->freeze_rows += contents->rows;
}

static bool
count_file(void *arg, const struct csv_row *row)
{
	struct contents *contents = arg;
	const char *kind = row->fields[KIND];

	contents->files++;
	contents->activity += strcmp(kind, "activity") == 0;
	contents->invoices += strcmp(kind, "invoice") == 0;
	contents->contracts += strcmp(kind, "contract") == 0;
	contents->tariffs += strcmp(kind, "tariff") == 0;
	contents->truth += strcmp(kind, "truth") == 0;
	if (strcmp(kind, "activity") == 0)
		check_activity_file(contents, row);
	return true;
}

/*
 * Six providers, of whom one is not local and has no contract (three files each); of every month a
 * freeze, in the current year a flex and an invoice, too; four reference files; two tariffs; of
 * each year what was planted and its sums, and of the invoices what differs.
 */
Test(generate, the_manifest_lists_two_years_of_six_providers)
{
	struct folder folder = generate("1");
	struct contents contents = {.folder = &folder};

	read_manifest(&folder, count_file, &contents);
	cr_expect_eq(contents.activity, 6 * 12 * 3);
	cr_expect_eq(contents.invoices, 6 * 12);
	cr_expect_eq(contents.contracts, 5);
	cr_expect_eq(contents.tariffs, 2);
	cr_expect_eq(contents.truth, 2 * 2 + 1);
	cr_expect_eq(contents.files, 6 * 12 * 4 + 5 * 3 + 4 + 2 + 5);
	/* 4 % of a month's records come after its flex. */
	cr_expect_gt(contents.flex_rows * 1000, contents.freeze_rows * 950);
	cr_expect_lt(contents.flex_rows * 1000, contents.freeze_rows * 970);
}

struct coding {
	const struct folder *folder;
	int64_t spells, wrong;
};

static bool
count_spell(void *arg, const struct csv_row *row)
{
	((struct coding *)arg)->spells += strcmp(row->fields[0], "APC") == 0;
	return true;
}

static bool
count_spells(void *arg, const struct csv_row *row)
{
	static const struct csv_column columns[] = {{"dataset", CSV_MANDATORY}};
	struct coding *coding = arg;

	if (strcmp(row->fields[PHASE], "freeze") == 0)
		read_csv(coding->folder, row->fields[FILE_PATH], columns, 1, count_spell, coding);
	return true;
}

static bool
count_wrong_hrg(void *arg, const struct csv_row *row)
{
	((struct coding *)arg)->wrong += strcmp(row->fields[0], "wrong_hrg") == 0;
	return true;
}

/* Audits of 2007 to 2009 found another HRG in 8.1 to 9.4 % of spells. */
Test(generate, spells_are_coded_wrong_as_often_as_audits_found)
{
	static const struct csv_column columns[] = {{"kind", CSV_MANDATORY}};
	struct folder folder = generate("1");
	struct coding coding = {.folder = &folder};

	read_manifest(&folder, count_spells, &coding);
	read_csv(&folder, "truth/activity-2016-17.csv", columns, 1, count_wrong_hrg, &coding);
	read_csv(&folder, "truth/activity-2017-18.csv", columns, 1, count_wrong_hrg, &coding);
	cr_expect_gt(coding.spells, 4000);
	cr_expect_gt(coding.wrong * 1000, coding.spells * 75, "%lld of %lld",
	    (long long)coding.wrong, (long long)coding.spells);
	cr_expect_lt(coding.wrong * 1000, coding.spells * 95, "%lld of %lld",
	    (long long)coding.wrong, (long long)coding.spells);
}

struct numbers {
	const struct folder *folder;
	int64_t rows, invalid, foreign;
};

static bool
check_number(void *arg, const struct csv_row *row)
{
	struct numbers *numbers = arg;

	numbers->rows++;
	if (row->fields[0][0] == '\0')
		return true;
	numbers->invalid += !nhs_number_valid(row->fields[0]);
	numbers->foreign += strncmp(row->fields[0], "999", 3) != 0;
	return true;
}

static bool
check_activity(void *arg, const struct csv_row *row)
{
	static const struct csv_column columns[] = {{"nhs_number", CSV_MANDATORY}};
	struct numbers *numbers = arg;

	if (strcmp(row->fields[PHASE], "freeze") == 0)
		read_csv(
		    numbers->folder, row->fields[FILE_PATH], columns, 1, check_number, numbers);
	return true;
}

struct truth {
	int64_t bad_numbers, gross_pence, net_pence, right_pence, rows;
};

static bool
add_truth(void *arg, const struct csv_row *row)
{
	struct truth *truth = arg;
	int64_t gross, net;

	cr_assert(money_parse(row->fields[2], &gross));
	cr_assert(money_parse(row->fields[3], &net));
	if (strcmp(row->fields[0], "bad_check_digit") == 0)
		truth->bad_numbers += strtoll(row->fields[1], NULL, 10);
	if (strcmp(row->fields[0], "all_records") == 0) {
		truth->rows += strtoll(row->fields[1], NULL, 10);
		truth->right_pence += gross;
	} else {
		truth->gross_pence += gross;
		truth->net_pence += net;
	}
	return true;
}

static struct truth
read_truth(const struct folder *folder)
{
	static const struct csv_column columns[] = {{"kind", CSV_MANDATORY},
	    {"rows", CSV_MANDATORY}, {"gross", CSV_MANDATORY}, {"net", CSV_MANDATORY}};
	struct truth truth = {0};

	read_csv(folder, "truth/summary-2016-17.csv", columns, 4, add_truth, &truth);
	read_csv(folder, "truth/summary-2017-18.csv", columns, 4, add_truth, &truth);
	return truth;
}

Test(generate, numbers_are_test_numbers_and_the_bad_ones_are_told)
{
	struct folder folder = generate("1");
	struct numbers numbers = {&folder, 0, 0, 0};
	struct truth truth = read_truth(&folder);

	read_manifest(&folder, check_activity, &numbers);
	cr_assert_eq(numbers.foreign, 0);
	cr_assert(truth.bad_numbers > 0);
	cr_assert_eq(numbers.invalid, truth.bad_numbers);
}

/* Audits of 2007 to 2009: gross errors of about 4 % of the money, net about 0.1 %. */
Test(generate, errors_go_both_ways_and_nearly_cancel)
{
	struct folder folder = generate("1");
	struct truth truth = read_truth(&folder);

	cr_assert(truth.gross_pence * 100 > truth.right_pence * 2);
	cr_assert(truth.gross_pence * 100 < truth.right_pence * 6);
	cr_assert(llabs(truth.net_pence) * 1000 < truth.right_pence * 5);
	cr_assert(truth.rows > 29000 && truth.rows < 31000, "%lld", (long long)truth.rows);
}

#define MONTH_ROWS 2500

struct month_rows {
	const struct folder *folder;
	int64_t rows, elsewhere;
};

static bool
check_day(void *arg, const struct csv_row *row)
{
	struct month_rows *month = arg;
	int i, days = 0;

	month->rows++;
	for (i = 0; i < 3; i++)
		days += strncmp(row->fields[i], "2017-07-", 8) == 0;
	month->elsewhere += days == 0;
	return true;
}

static bool
check_month_file(void *arg, const struct csv_row *row)
{
	static const struct csv_column columns[] = {{"discharge_date", CSV_MANDATORY},
	    {"attendance_date", CSV_MANDATORY}, {"arrival_date", CSV_MANDATORY}};
	struct month_rows *month = arg;

	cr_assert_str_neq(row->fields[KIND], "invoice");
	if (strcmp(row->fields[KIND], "activity") == 0)
		read_csv(month->folder, row->fields[FILE_PATH], columns, 3, check_day, month);
	return true;
}

Test(generate, a_month_has_exactly_the_rows_asked_for)
{
	struct folder folder = new_folder();
	struct month_rows month = {.folder = &folder};
	char command[512];

	snprintf(command, sizeof(command), "%s --month RZA/2017-07 --rows %d --data %s --out %s",
	    PBC_SAMPLE, MONTH_ROWS, PBC_SAMPLE_DATA, folder.path);
	cr_assert_eq(system(command), 0);
	read_manifest(&folder, check_month_file, &month);
	cr_assert_eq(month.rows, MONTH_ROWS);
	/* Planted: about 1.6 in a thousand are dated outside of the month. */
	cr_assert_leq(month.elsewhere, MONTH_ROWS / 100);
}
