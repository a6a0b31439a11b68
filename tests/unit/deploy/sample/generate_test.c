/*
 * Rules of the sample as files: same bytes for a seed, totals that add up, errors as they are told.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codes.h"
#include "common/csv.h"
#include "common/money.h"

#define ROWS "30000"

/*
 * SHA-256 of manifest.csv and of all that it names, for seed 1 and 30,000 rows. Its only duty is
 * that every compiler and build makes the same bytes; a change of the generator changes it.
 */
#define SEED_1_SHA256 "78b36cabce8bc2ebd38d922303f01b1521b7c5c6ca48f7c55f4e5a25290f09de"

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
	EVP_MD_CTX *context;
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
		EVP_DigestUpdate(digest->context, data, length);
	fclose(file);
}

static bool
digest_row(void *arg, const struct csv_row *row)
{
	digest_file(arg, row->fields[FILE_PATH]);
	return true;
}

static void
digest_folder(const struct folder *folder, char hex[65])
{
	struct digest digest = {folder, EVP_MD_CTX_new()};
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int i, length;

	EVP_DigestInit_ex(digest.context, EVP_sha256(), NULL);
	digest_file(&digest, "manifest.csv");
	read_manifest(folder, digest_row, &digest);
	EVP_DigestFinal_ex(digest.context, bytes, &length);
	EVP_MD_CTX_free(digest.context);
	cr_assert_eq(length, 32);
	for (i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

Test(generate, same_seed_same_bytes)
{
	struct folder first = generate("1");
	struct folder second = generate("1");
	struct folder other = generate("2");
	char hex[3][65];

	digest_folder(&first, hex[0]);
	digest_folder(&second, hex[1]);
	digest_folder(&other, hex[2]);
	cr_assert_str_eq(hex[0], hex[1]);
	cr_assert_str_neq(hex[0], hex[2]);
	cr_assert_str_eq(hex[0], SEED_1_SHA256);
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
