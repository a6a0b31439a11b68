/* Invoices and their planted differences. */
#include "deploy/sample/invoice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of the lines; sample choices. */
#define PPM_INVENTED 3000
#define PPM_LEFT_OUT 3000
#define PPM_REPEATED 2000
#define PPM_OTHER_PRICE 4000
#define PPM_NOT_PAYABLE 10000

struct line {
	const struct record *record;
	const char *record_id;
	int64_t price_pence;
	int64_t ledger_pence; /* what the ledger says of it */
};

void
invoice_truth_open(struct invoice_truth *truth, uint64_t seed, const char *directory)
{
	prng_start(&truth->prng, seed, PRNG_INVOICE, 0);
	out_open(&truth->out, directory, "truth/invoices.csv");
	out_header(&truth->out,
	    "provider_code,period,invoice_number,line_number,record_id,reason,invoice,ledger");
}

void
invoice_truth_close(struct invoice_truth *truth, struct manifest *manifest)
{
	struct manifest_entry entry = {.kind = "truth"};

	out_close(&truth->out);
	manifest_add(manifest, &truth->out, &entry);
}

void
invoice_open(struct invoice *invoice, struct invoice_truth *truth, const char *directory,
    const char *provider_code, const char *period)
{
	memset(invoice, 0, sizeof(*invoice));
	invoice->truth = truth;
	invoice->provider_code = provider_code;
	snprintf(invoice->period, sizeof(invoice->period), "%s", period);
	snprintf(invoice->number, sizeof(invoice->number), "%s/%s", provider_code, period);
	out_open(&invoice->out, directory, "invoices/%s_%s.csv", provider_code, period);
	out_header(
	    &invoice->out, "line_number,record_id,practice_code,pod,currency,activity,price");
}

static void
write_line(struct invoice *invoice, const struct line *line)
{
	const struct record *record = line->record;

	out_number(&invoice->out, ++invoice->lines);
	out_text(&invoice->out, line->record_id);
	out_text(&invoice->out, record->field[RECORD_PRACTICE]);
	out_text(&invoice->out, casemix_pod_names[record->item.pod]);
	out_text(&invoice->out, record->item.currency);
	out_number(&invoice->out, 1);
	out_money(&invoice->out, line->price_pence);
	out_row_end(&invoice->out);
	invoice->total_pence += line->price_pence;
}

/* billed is false for a record that has no line. */
static void
tell(struct invoice *invoice, const struct line *line, const char *reason, bool billed)
{
	struct out_file *out = &invoice->truth->out;

	out_text(out, invoice->provider_code);
	out_text(out, invoice->period);
	out_text(out, invoice->number);
	if (billed)
		out_number(out, invoice->lines);
	else
		out_text(out, "");
	out_text(out, line->record_id);
	out_text(out, reason);
	out_money(out, billed ? line->price_pence : 0);
	out_money(out, line->ledger_pence);
	out_row_end(out);
}

/* What the ledger makes of a record in which this was planted; NULL if it takes it as it is. */
static const char *
difference_of(enum plant_kind kind)
{
	switch (kind) {
	case PLANT_PRACTICE_NOT_OURS:
		return "wrong_commissioner";
	case PLANT_UNKNOWN_PRACTICE:
	case PLANT_OUTSIDE_PERIOD:
	case PLANT_BAD_CHECK_DIGIT:
		return "missing_in_ledger";
	case PLANT_WRONG_PRICE:
		return "price_differs";
	default:
		return NULL;
	}
}

static void
bill_line(struct invoice *invoice, struct line *line, enum plant_kind kind)
{
	const char *reason = difference_of(kind);

	if (reason != NULL && kind != PLANT_WRONG_PRICE)
		line->ledger_pence = 0;
	if (reason == NULL && prng_chance(&invoice->truth->prng, PPM_OTHER_PRICE)) {
		reason = "price_differs";
		line->price_pence += prng_between(&invoice->truth->prng, 1, 90) * 100;
	}
	write_line(invoice, line);
	if (reason != NULL)
		tell(invoice, line, reason, true);
	if (kind == PLANT_DUPLICATE_RECORD || prng_chance(&invoice->truth->prng, PPM_REPEATED)) {
		write_line(invoice, line);
		tell(invoice, line, "duplicate", true);
	}
}

static void
bill_invented(struct invoice *invoice, const struct line *like)
{
	struct line line = *like;
	char record_id[40];

	snprintf(record_id, sizeof(record_id), "%s-%c%c%c%c-X-%06" PRId64, invoice->provider_code,
	    invoice->period[2], invoice->period[3], invoice->period[5], invoice->period[6],
	    ++invoice->invented);
	line.record_id = record_id;
	line.ledger_pence = 0;
	write_line(invoice, &line);
	tell(invoice, &line, "missing_in_ledger", true);
}

void
invoice_bill(struct invoice *invoice, const struct record *record, enum plant_kind kind)
{
	struct prng *prng = &invoice->truth->prng;
	struct line line = {
	    record, record->field[RECORD_ID], record->stated_pence, record->right_pence};

	if (!record->payable) {
		/* Now and then an appointment that was not kept is billed all the same. */
		if (!prng_chance(prng, PPM_NOT_PAYABLE) || kind != PLANT_NONE)
			return;
		line.price_pence = 9500;
		write_line(invoice, &line);
		tell(invoice, &line, "not_priced", true);
		return;
	}
	if (kind == PLANT_NONE && prng_chance(prng, PPM_LEFT_OUT)) {
		tell(invoice, &line, "missing_in_invoice", false);
		return;
	}
	bill_line(invoice, &line, kind);
	if (prng_chance(prng, PPM_INVENTED))
		bill_invented(invoice, &line);
}

void
invoice_close(struct invoice *invoice, struct manifest *manifest)
{
	struct manifest_entry entry = {.kind = "invoice",
	    .provider_code = invoice->provider_code,
	    .period = invoice->period,
	    .number = invoice->number,
	    .total_pence = invoice->total_pence};

	out_close(&invoice->out);
	manifest_add(manifest, &invoice->out, &entry);
}
