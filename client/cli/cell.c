/* Formats the values of fields. */
#include "client/cli/cell.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/money.h"
#include "common/pbjson.h"
#include "common/timestamp.h"
#include "common/utf8.h"
#include "google/protobuf/timestamp.pb-c.h"

bool
cell_name_ends(const char *name, const char *unit)
{
	size_t length = strlen(name), unit_length = strlen(unit);

	return length >= unit_length && strcmp(name + length - unit_length, unit) == 0;
}

/* The controls of ASCII and of Latin 1, one of which begins a terminal's commands as ESC [ does. */
static bool
is_control(int32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

void
cell_print(FILE *out, const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		int32_t character;
		size_t taken = utf8_next(text, length, &character);

		if (taken == 0 || is_control(character))
			fputc('?', out);
		else
			fwrite(text, 1, taken, out);
		taken = taken > 0 ? taken : 1;
		text += taken;
		length -= taken;
	}
}

const char *
cell_count(int64_t count, struct arena *arena)
{
	char text[32];

	money_format_count(count, text);
	return arena_strdup(arena, text);
}

const char *
cell_money(int64_t pence, enum cell_style style, struct arena *arena)
{
	char text[48];

	if (style == CELL_PEOPLE)
		money_format_grouped(pence, text);
	else
		money_format(pence, text);
	return arena_strdup(arena, text);
}

static const char *
integer_text(const ProtobufCFieldDescriptor *field, int64_t number, enum cell_style style,
    struct arena *arena)
{
	char text[48];

	if (cell_name_ends(field->name, "_pence"))
		return cell_money(number, style, arena);
	if (style == CELL_PEOPLE && !cell_name_ends(field->name, "_ppm"))
		return cell_count(number, arena);
	if (cell_name_ends(field->name, "_ppm"))
		ppm_format(number, text);
	else
		snprintf(text, sizeof(text), "%" PRId64, number);
	return arena_strdup(arena, text);
}

static const char *
time_text(const Google__Protobuf__Timestamp *timestamp, enum cell_style style, struct arena *arena)
{
	time_t seconds = (time_t)timestamp->seconds;
	char text[TIMESTAMP_TEXT];
	struct tm local;

	if (style == CELL_CSV)
		return timestamp_format(timestamp->seconds, timestamp->nanos, text)
			   ? arena_strdup(arena, text)
			   : "";
	if (localtime_r(&seconds, &local) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local) == 0)
		return "";
	return arena_strdup(arena, text);
}

const char *
cell_words(const char *code, struct arena *arena)
{
	char *spaced = arena_strdup(arena, code);

	for (char *at = spaced; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	return spaced;
}

static const char *
enum_text(
    const ProtobufCFieldDescriptor *field, int number, enum cell_style style, struct arena *arena)
{
	const char *word = pbjson_enum_word(field->descriptor, number, arena);

	if (word == NULL)
		return "";
	return style == CELL_CSV ? word : cell_words(word, arena);
}

const char *
cell_text(const struct value *value, enum cell_style style, struct arena *arena)
{
	union {
		int64_t int64;
		int32_t int32;
		protobuf_c_boolean boolean;
		const char *string;
	} u;

	if (value->at == NULL)
		return "";
	switch (value->field->type) {
	case PROTOBUF_C_TYPE_INT64:
		memcpy(&u.int64, value->at, sizeof(u.int64));
		return integer_text(value->field, u.int64, style, arena);
	case PROTOBUF_C_TYPE_INT32:
		memcpy(&u.int32, value->at, sizeof(u.int32));
		return integer_text(value->field, u.int32, style, arena);
	case PROTOBUF_C_TYPE_BOOL:
		memcpy(&u.boolean, value->at, sizeof(u.boolean));
		return u.boolean ? "yes" : "no";
	case PROTOBUF_C_TYPE_ENUM:
		memcpy(&u.int32, value->at, sizeof(u.int32));
		return enum_text(value->field, u.int32, style, arena);
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&u.string, value->at, sizeof(u.string));
		return u.string;
	case PROTOBUF_C_TYPE_MESSAGE:
		assert(value->field->descriptor == &google__protobuf__timestamp__descriptor);
		return time_text(value->at, style, arena);
	default:
		assert(0 && "a field of a type that no message of the API has");
		return "";
	}
}

bool
cell_is_number(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_INT32;
}

const char *
cell_csv_name(const char *path, struct arena *arena)
{
	const char *dot = strrchr(path, '.');
	char *name = arena_strdup(arena, dot != NULL ? dot + 1 : path[0] == '/' ? path + 1 : path);

	name[strcspn(name, "[")] = '\0';
	if (cell_name_ends(name, "_pence"))
		name[strlen(name) - strlen("_pence")] = '\0';
	else if (cell_name_ends(name, "_ppm"))
		name[strlen(name) - strlen("_ppm")] = '\0';
	return name;
}
