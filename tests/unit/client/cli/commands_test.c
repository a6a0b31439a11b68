/* Every row of the tables of commands agrees with the API it names. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/reflect.h"
#include "client/cli/view.h"
#include "common/codes.h"

Test(commands, every_method_exists_and_no_command_twice)
{
	const struct command *row, *other;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++) {
		cr_assert_not_null(
		    protobuf_c_service_descriptor_get_method_by_name(row->service, row->method),
		    "%s %s", row->noun, row->method);
		cr_expect_not_null(row->run);
		cr_expect_not_null(row->example);
		for (size_t j = 0; j < i && row->verb != NULL; j++) {
			other = command_at(j);
			cr_expect(strcmp(other->noun, row->noun) != 0 ||
				      strcmp(other->verb, row->verb) != 0,
			    "%s %s", row->noun, row->verb);
		}
	}
}

Test(commands, every_flag_is_a_field_of_the_request)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		for (size_t j = 0; j < command_param_count(row); j++) {
			const struct param *param = &row->params[j];
			const ProtobufCFieldDescriptor *field;

			if (param->field == NULL)
				continue;
			field = reflect_field(command_method(row)->input, param->field);
			cr_assert_not_null(field, "%s: %s", row->method, param->field);
			cr_expect_neq(field->label, PROTOBUF_C_LABEL_REPEATED);
			cr_expect_eq(param->value == NULL,
			    param_is_positional(param) || field->type == PROTOBUF_C_TYPE_BOOL,
			    "%s: %s", row->method, param->name);
		}
}

static void
check_section(const struct command *row, const struct section *section)
{
	const ProtobufCMessageDescriptor *answer = command_method(row)->output;
	const ProtobufCMessageDescriptor *message = answer;

	if (row->run == command_start || strcmp(row->method, "SubmitContract") == 0 ||
	    strcmp(row->method, "ImportActivity") == 0)
		cr_expect_str_eq(answer->fields[0].name, "operation");
	if (section->path[0] != '\0') {
		const ProtobufCFieldDescriptor *field = reflect_field(answer, section->path);

		cr_assert_not_null(field, "%s: %s", row->method, section->path);
		message = field->descriptor;
	}
	for (const struct column *column = section->columns; column->field != NULL; column++)
		cr_expect_not_null(column->field[0] == '/'
				       ? reflect_field(answer, column->field + 1)
				       : reflect_field(message, column->field),
		    "%s: %s", row->method, column->field);
}

Test(commands, every_column_is_a_field_of_the_answer)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++) {
		if (row->view == NULL)
			continue;
		for (size_t j = 0; j < VIEW_SECTION_LIMIT && row->view->sections[j].path != NULL;
		     j++)
			check_section(row, &row->view->sections[j]);
	}
}

Test(commands, a_list_is_paged_by_the_api)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++) {
		if (row->run != command_list)
			continue;
		cr_expect(command_takes(row, "page_size") && command_takes(row, "page_token"), "%s",
		    row->method);
		cr_expect_not_null(reflect_field(command_method(row)->output, "next_page_token"));
		cr_expect(
		    section_is_rows(view_main_section(row->view), command_method(row)->output));
	}
}

Test(commands, are_found_by_noun_and_verb)
{
	cr_expect_str_eq(command_find("budget", "show")->method, "GetBudget");
	cr_expect_str_eq(command_find("health", NULL)->method, "Check");
	cr_expect_null(command_find("budget", NULL));
	cr_expect_null(command_find("budget", "submit"));
	cr_expect(command_noun_exists("settlement"));
	cr_expect_not(command_noun_exists("settle"));
}

/* True if what stands by its place first in an example can be the id that the server gave. */
static bool
example_has_id(const char *example, const struct command *row)
{
	char name[64];
	char word[64];
	const char *at;
	int length = snprintf(name, sizeof(name), "pbc %s %s ", row->noun, row->verb);

	at = strstr(example, name);
	if (at == NULL)
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(at + length, " \n"), at + length);
	return uuid_valid(word);
}

Test(commands, an_example_has_an_id_as_the_server_gives_them)
{
	static const char *const named_by_people[] = {
	    "record_id", "record_ids", "line_id", "upload_id"};
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++) {
		const struct param *first = row->params;
		bool is_id = command_param_count(row) > 0 && param_is_positional(first) &&
			     first->field != NULL && strstr(first->field, "_id") != NULL;

		for (size_t j = 0; is_id && j < sizeof(named_by_people) / sizeof(char *); j++)
			is_id = strcmp(first->field, named_by_people[j]) != 0;
		if (is_id)
			cr_expect(example_has_id(row->example, row), "%s", row->example);
	}
}

Test(commands, an_example_fits_a_terminal)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		for (const char *line = row->example; line != NULL; line = strchr(line, '\n')) {
			line += line[0] == '\n';
			cr_expect_leq(strcspn(line, "\n"), 78, "%s", line);
		}
}
