/* One row per field name, or ending of names, that has a form of its own. */
#include "server/rpc/shape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/codes.h"
#include "common/date.h"
#include "common/timestamp.h"
#include "server/rpc/registry.h"

#define UPLOAD_DATA_MAX ((size_t)512 * 1024)
#define ETAG_MAX 64
#define FILE_NAME_MAX 255
#define REASON_MAX 500
#define DEPTH_MAX 4
#define ID_WORDS "must be an id as the lists show it, a UUID"

typedef bool text_fn(const char *text);

static bool
is_date(const char *text)
{
	date_t date;

	return date_parse(text, &date);
}

static bool
is_month(const char *text)
{
	month_t month;

	return month_parse(text, &month);
}

static bool
is_financial_year(const char *text)
{
	int start_year;

	return financial_year_parse(text, &start_year);
}

static bool
is_sha256(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool
is_moment(const char *text)
{
	int64_t seconds;
	int32_t nanos;

	return timestamp_parse(text, &seconds, &nanos);
}

static bool
is_day_or_moment(const char *text)
{
	return is_date(text) || is_moment(text);
}

static bool
is_etag(const char *text)
{
	return strlen(text) <= ETAG_MAX;
}

static bool
is_reason(const char *text)
{
	return strlen(text) <= REASON_MAX;
}

/* A name to show, never a path that is opened. */
static bool
is_file_name(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == '/' || *c == '\\' || *c == 0x7f)
			return false;
	return strlen(text) <= FILE_NAME_MAX;
}

/* A name that begins with * is an ending. The first row that fits counts. */
static const struct text_rule {
	const char *name;
	text_fn *valid;
	const char *description;
} text_rules[] = {
    {"request_id", uuid_valid, "must be a UUID"},
    {"*upload_id", uuid_valid, "must be a UUID"},
    {"operation_id", uuid_valid, ID_WORDS},
    {"*submission_id", uuid_valid, ID_WORDS},
    {"reopening_id", uuid_valid, ID_WORDS},
    {"budget_id", uuid_valid, ID_WORDS},
    {"contract_id", uuid_valid, ID_WORDS},
    {"case_id", uuid_valid, ID_WORDS},
    {"invoice_id", uuid_valid, ID_WORDS},
    {"settlement_id", uuid_valid, ID_WORDS},
    {"statement_id", uuid_valid, ID_WORDS},
    {"review_id", uuid_valid, ID_WORDS},
    {"practice_code", ods_practice_valid,
	"must be a practice code: a capital letter and five digits"},
    {"provider_code", ods_organisation_valid,
	"must be a provider code: three to five capital letters and digits"},
    {"responsible_code", ods_organisation_valid,
	"must be the code of a PCT: three to five capital letters and digits"},
    {"hrg", hrg_valid, "must be an HRG, for example HN22E or H80"},
    {"period", is_month, "must be a month, for example 2017-07"},
    {"*_period", is_month, "must be a month, for example 2017-07"},
    {"tariff_id", uuid_valid, "must be a UUID"},
    {"impact_id", uuid_valid, "must be a UUID"},
    {"financial_year", is_financial_year, "must be a financial year, for example 2017/18"},
    {"*_date", is_date, "must be a day, for example 2017-07-31"},
    {"*_time", is_moment, "must be a moment, for example 2017-07-31T09:30:00Z"},
    {"as_at", is_day_or_moment,
	"must be a day or a moment, for example 2017-07-31 or 2017-07-31T09:30:00Z"},
    {"sha256", is_sha256, "must be 64 lower-case hexadecimal digits"},
    {"etag", is_etag, "is longer than any etag"},
    {"reason", is_reason, "must be at most 500 bytes"},
    {"file_name", is_file_name, "must be a file's name without folders, at most 255 bytes"},
};

/* Where the field is: the names of the messages around it, each followed by a dot. */
struct place {
	const char *prefix;
	struct shape_violations *violations;
};

static void
report(const struct place *place, const char *field, const char *description)
{
	struct shape_violations *violations = place->violations;
	struct shape_violation *item;

	if (violations->count == SHAPE_VIOLATION_LIMIT)
		return;
	item = &violations->items[violations->count++];
	snprintf(item->field, sizeof(item->field), "%s%s", place->prefix, field);
	item->description = description;
}

static const struct text_rule *
find_text_rule(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(text_rules) / sizeof(text_rules[0]); i++) {
		const struct text_rule *rule = &text_rules[i];
		const char *ending = rule->name + 1;

		if (*rule->name != '*' ? strcmp(rule->name, name) == 0
				       : length >= strlen(ending) &&
					     strcmp(name + length - strlen(ending), ending) == 0)
			return rule;
	}
	return NULL;
}

static void
check_text(const struct place *place, const ProtobufCFieldDescriptor *field, const char *text,
    bool mandatory)
{
	const struct text_rule *rule;

	if (text == NULL || *text == '\0') {
		if (mandatory)
			report(place, field->name, "must not be empty");
		return;
	}
	rule = find_text_rule(field->name);
	if (rule != NULL && !rule->valid(text))
		report(place, field->name, rule->description);
}

static void
check_enum(
    const struct place *place, const ProtobufCFieldDescriptor *field, int value, bool mandatory)
{
	if (value == 0 && mandatory)
		report(place, field->name, "must be given");
	else if (protobuf_c_enum_descriptor_get_value(field->descriptor, value) == NULL)
		report(place, field->name, "has a value that this version does not know");
}

static void
check_page_size(const struct place *place, const ProtobufCFieldDescriptor *field, int32_t *value)
{
	if (strcmp(field->name, "page_size") != 0)
		return;
	if (*value < 0)
		report(place, field->name, "must not be negative");
	else if (*value > SHAPE_PAGE_SIZE_MAX)
		*value = SHAPE_PAGE_SIZE_MAX;
}

static void
check_bytes(const struct place *place, const ProtobufCFieldDescriptor *field,
    const ProtobufCBinaryData *bytes)
{
	if (strcmp(field->name, "data") == 0 && bytes->len > UPLOAD_DATA_MAX)
		report(place, field->name, "must be at most 512 KiB");
}

static void check_fields(
    const struct place *place, ProtobufCMessage *message, const bool *mandatory, unsigned depth);

static void
check_message(const struct place *place, const ProtobufCFieldDescriptor *field,
    ProtobufCMessage *message, bool mandatory, unsigned depth)
{
	char prefix[96];

	if (message == NULL) {
		if (mandatory)
			report(place, field->name, "must be given");
		return;
	}
	if (depth == DEPTH_MAX)
		return;
	snprintf(prefix, sizeof(prefix), "%s%s.", place->prefix, field->name);
	check_fields(&(struct place){prefix, place->violations}, message, NULL, depth + 1);
}

static void
check_field(const struct place *place, const ProtobufCFieldDescriptor *field, void *value,
    bool mandatory, unsigned depth)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		check_text(place, field, *(const char *const *)value, mandatory);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		check_enum(place, field, *(const int *)value, mandatory);
		break;
	case PROTOBUF_C_TYPE_INT32:
		check_page_size(place, field, value);
		break;
	case PROTOBUF_C_TYPE_INT64:
		if (strcmp(field->name, "offset") == 0 && *(const int64_t *)value < 0)
			report(place, field->name, "must not be negative");
		break;
	case PROTOBUF_C_TYPE_BYTES:
		check_bytes(place, field, value);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		check_message(place, field, *(ProtobufCMessage **)value, mandatory, depth);
		break;
	default:
		break;
	}
}

/* Repeated fields have no form by name; the database judges their elements. */
static void
check_fields(
    const struct place *place, ProtobufCMessage *message, const bool *mandatory, unsigned depth)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		char *base = (char *)message;

		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			continue;
		if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
		    *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
			continue;
		check_field(
		    place, field, base + field->offset, mandatory != NULL && mandatory[i], depth);
	}
}

bool
shape_check(
    const struct rpc_method *method, ProtobufCMessage *message, struct shape_violations *violations)
{
	violations->count = 0;
	check_fields(&(struct place){"", violations}, message, method->mandatory, 0);
	return violations->count == 0;
}
