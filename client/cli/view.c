/* Sections of an answer as tables, as CSV, or the whole answer as JSON. */
#include "client/cli/view.h"

#include <assert.h>
#include <string.h>

#include "client/cli/cell.h"
#include "client/cli/outcome.h"
#include "client/cli/reflect.h"
#include "client/cli/table.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/pbjson.h"

/* Texts of one answer's cells: far above what an answer of CLIENT_MESSAGE_LIMIT turns into. */
#define CELLS_LIMIT (32 * CLIENT_MESSAGE_LIMIT)

bool
section_is_rows(const struct section *section, const ProtobufCMessageDescriptor *answer)
{
	const ProtobufCFieldDescriptor *field = reflect_field(answer, section->path);

	return field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED;
}

const struct section *
view_main_section(const struct view *view)
{
	for (size_t i = 0; i < VIEW_SECTION_LIMIT && view->sections[i].path != NULL; i++)
		if (view->sections[i].csv)
			return &view->sections[i];
	return &view->sections[0];
}

static struct value
column_value(
    const struct column *column, const ProtobufCMessage *answer, const ProtobufCMessage *row)
{
	return column->field[0] == '/' ? reflect_value(answer, column->field + 1)
				       : reflect_value(row, column->field);
}

/* An outcome is a field that has no descriptor: its name says how both are shown. */
static const char *
outcome_text(
    const Pbc__V1__Outcome *outcome, const char *field, enum cell_style style, struct arena *arena)
{
	if (strcmp(field, "name") == 0)
		return outcome_name(outcome, style, arena);
	return strcmp(field, "value") == 0 ? outcome_value(outcome, style, arena) : outcome->detail;
}

/* "a, b": every element of a list of plain values. */
static const char *
list_text(const struct column *column, const ProtobufCMessage *row, enum cell_style style,
    struct arena *arena)
{
	const char *text = "";
	struct value value;

	for (size_t i = 0;; i++) {
		value = reflect_value(row, arena_printf(arena, "%s[%zu]", column->field, i));
		if (value.at == NULL)
			return text;
		text = arena_printf(
		    arena, "%s%s%s", text, i > 0 ? ", " : "", cell_text(&value, style, arena));
	}
}

static const char *
column_text(const struct column *column, const ProtobufCMessage *answer,
    const ProtobufCMessage *row, enum cell_style style, struct arena *arena)
{
	struct value value = column_value(column, answer, row);

	if (value.field->label == PROTOBUF_C_LABEL_REPEATED && value.at == NULL &&
	    strchr(column->field, '[') == NULL)
		return list_text(column, row, style, arena);
	if (row->descriptor == &pbc__v1__outcome__descriptor && column->field[0] != '/')
		return outcome_text((const Pbc__V1__Outcome *)row, column->field, style, arena);
	return cell_text(&value, style, arena);
}

static bool
is_hidden(const struct column *column, const ProtobufCMessage *answer, const ProtobufCMessage *row)
{
	return (column->flags & COLUMN_COUNT) != 0 && column_value(column, answer, row).at == NULL;
}

static const char *
people_text(const struct column *column, const ProtobufCMessage *answer,
    const ProtobufCMessage *row, struct arena *arena)
{
	const char *text = column_text(column, answer, row, CELL_PEOPLE, arena);

	if (is_hidden(column, answer, row))
		return CELL_HIDDEN;
	return (column->flags & COLUMN_WORDS) != 0 ? cell_words(text, arena) : text;
}

/* The descriptor of the section's rows, or of its one message. */
static const ProtobufCMessageDescriptor *
section_descriptor(const struct section *section, const ProtobufCMessageDescriptor *answer)
{
	return section->path[0] == '\0' ? answer : reflect_field(answer, section->path)->descriptor;
}

static enum table_align
column_align(const struct column *column, const ProtobufCMessageDescriptor *answer,
    const ProtobufCMessageDescriptor *row)
{
	const ProtobufCFieldDescriptor *field = column->field[0] == '/'
						    ? reflect_field(answer, column->field + 1)
						    : reflect_field(row, column->field);

	assert(field != NULL);
	if (cell_is_number(field))
		return TABLE_RIGHT;
	return (column->flags & COLUMN_WRAP) != 0 ? TABLE_WRAP : TABLE_LEFT;
}

static void
put_cell(struct table *table, size_t index, const struct column *column,
    const ProtobufCMessage *answer, const ProtobufCMessage *row, struct arena *arena)
{
	ProtobufCType type = column_value(column, answer, row).field->type;
	const char *text = people_text(column, answer, row, arena);

	if (type == PROTOBUF_C_TYPE_ENUM || type == PROTOBUF_C_TYPE_INT64)
		table_signal_cell(table, index, text);
	else
		table_cell(table, index, text);
}

static void
add_table_row(struct table *table, const struct section *section, const ProtobufCMessage *answer,
    const ProtobufCMessage *row, struct arena *arena)
{
	size_t index = 0;

	table_line(table);
	for (const struct column *column = section->columns; column->field != NULL; column++)
		if ((column->flags & COLUMN_CSV) == 0)
			put_cell(table, index++, column, answer, row, arena);
}

static void
add_table_rows(struct table *table, const struct section *section, const ProtobufCMessage *answer)
{
	struct arena *arena = arena_new(CELLS_LIMIT);

	for (size_t i = 0; i < reflect_count(answer, section->path); i++) {
		const ProtobufCMessage *row = reflect_row(answer, section->path, i);

		if (row->descriptor != &pbc__v1__outcome__descriptor ||
		    !outcome_is_quiet((const Pbc__V1__Outcome *)row, arena))
			add_table_row(table, section, answer, row, arena);
	}
	arena_free(arena);
}

void
view_table(const struct section *section, ProtobufCMessage *const *answers, size_t count)
{
	const ProtobufCMessageDescriptor *answer = answers[0]->descriptor;
	const ProtobufCMessageDescriptor *row = section_descriptor(section, answer);
	struct table *table;
	size_t rows = 0;

	for (size_t i = 0; i < count; i++)
		rows += reflect_count(answers[i], section->path);
	if (rows == 0) {
		printf("(none)\n");
		return;
	}
	table = table_new(true);
	for (const struct column *column = section->columns; column->field != NULL; column++)
		if ((column->flags & COLUMN_CSV) == 0)
			table_column(table, column->heading, column_align(column, answer, row));
	for (size_t i = 0; i < count; i++)
		add_table_rows(table, section, answers[i]);
	table_print(table);
}

/* Label and value, one line each; what is absent or empty is left out. */
static void
print_record(const struct section *section, const ProtobufCMessage *answer)
{
	struct arena *arena = arena_new(CELLS_LIMIT);
	const ProtobufCMessage *record = reflect_message(answer, section->path);
	struct table *table = table_new(false);

	table_column(table, "", TABLE_LEFT);
	table_column(table, "", TABLE_WRAP);
	for (const struct column *column = section->columns;
	     record != NULL && column->field != NULL; column++) {
		const char *text = people_text(column, answer, record, arena);

		if ((column->flags & COLUMN_CSV) != 0 || text[0] == '\0' ||
		    ((column->flags & COLUMN_NOT_ZERO) != 0 && strcmp(text, "0") == 0))
			continue;
		table_line(table);
		table_cell(table, 0, column->heading);
		put_cell(table, 1, column, answer, record, arena);
	}
	table_print(table);
	arena_free(arena);
}

static bool
row_hides(
    const struct section *section, const ProtobufCMessage *answer, const ProtobufCMessage *row)
{
	for (const struct column *column = section->columns; column->field != NULL; column++)
		if (row != NULL && is_hidden(column, answer, row))
			return true;
	return false;
}

/* True if a count of the section is not shown. */
static bool
section_hides(const struct section *section, const ProtobufCMessage *answer)
{
	if (!section_is_rows(section, answer->descriptor))
		return row_hides(section, answer, reflect_message(answer, section->path));
	for (size_t i = 0; i < reflect_count(answer, section->path); i++)
		if (row_hides(section, answer, reflect_row(answer, section->path, i)))
			return true;
	return false;
}

static void
print_tables(const struct view *view, const ProtobufCMessage *answer)
{
	ProtobufCMessage *const answers[] = {(ProtobufCMessage *)(uintptr_t)answer};
	bool hides = false;

	for (size_t i = 0; i < VIEW_SECTION_LIMIT && view->sections[i].path != NULL; i++) {
		const struct section *section = &view->sections[i];
		bool rows = section_is_rows(section, answer->descriptor);

		/* Nothing to add to what stands above. */
		if (i > 0 && rows && reflect_count(answer, section->path) == 0)
			continue;
		if (i > 0)
			putchar('\n');
		if (section->title != NULL)
			printf("%s\n", section->title);
		if (rows)
			view_table(section, answers, 1);
		else
			print_record(section, answer);
		hides = hides || section_hides(section, answer);
	}
	if (hides)
		printf("\n%s\n", CELL_HIDDEN_NOTE);
}

void
view_csv_header(const struct section *section, FILE *out)
{
	struct arena *arena = arena_new(CELLS_LIMIT);

	for (const struct column *column = section->columns; column->field != NULL; column++)
		fprintf(out, "%s%s", column == section->columns ? "" : ",",
		    column->csv != NULL ? column->csv : cell_csv_name(column->field, arena));
	fprintf(out, "\r\n");
	arena_free(arena);
}

static void
csv_row(const struct section *section, const ProtobufCMessage *answer, const ProtobufCMessage *row,
    FILE *out, struct arena *arena)
{
	struct buf line = {0};

	for (const struct column *column = section->columns; column->field != NULL; column++) {
		struct value value = column_value(column, answer, row);

		if (column != section->columns)
			buf_append_text(&line, ",");
		csv_write_field(&line, column_text(column, answer, row, CELL_CSV, arena),
		    !cell_is_number(value.field));
	}
	buf_append_text(&line, "\r\n");
	fwrite(line.data, 1, line.length, out);
	buf_free(&line);
}

void
view_csv_rows(const struct section *section, const ProtobufCMessage *answer, FILE *out)
{
	struct arena *arena = arena_new(CELLS_LIMIT);

	if (section_is_rows(section, answer->descriptor)) {
		for (size_t i = 0; i < reflect_count(answer, section->path); i++)
			csv_row(section, answer, reflect_row(answer, section->path, i), out, arena);
	} else if (reflect_message(answer, section->path) != NULL) {
		csv_row(section, answer, reflect_message(answer, section->path), out, arena);
	}
	arena_free(arena);
}

void
view_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
}

void
view_print_json(const ProtobufCMessage *answer)
{
	json_t *json = pbjson_from_message(answer, PBJSON_PROTO3);

	view_json(json);
	json_decref(json);
}

void
view_print(const struct view *view, const ProtobufCMessage *answer, enum format format)
{
	const struct section *section = view_main_section(view);

	switch (format) {
	case FORMAT_TABLE:
		print_tables(view, answer);
		break;
	case FORMAT_CSV:
		view_csv_header(section, stdout);
		view_csv_rows(section, answer, stdout);
		break;
	case FORMAT_JSON:
		view_print_json(answer);
		break;
	}
}
