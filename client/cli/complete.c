/* Candidates for the shell's completion. */
#include <stdio.h>
#include <string.h>

#include "client/cli/config.h"
#include "client/cli/help.h"
#include "client/cli/reflect.h"

static bool
begins(const char *word, const char *start)
{
	return strncmp(word, start, strlen(start)) == 0;
}

static void
offer(const char *prefix, const char *word, const char *start)
{
	char whole[96];

	snprintf(whole, sizeof(whole), "%s%s", prefix, word);
	if (begins(whole, start))
		printf("%s\n", whole);
}

/* True if the word is a shared option whose value is the next word. */
static bool
takes_value(const char *word)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (begins(word, "--") && strcmp(word + 2, option_rows[i].name) == 0)
			return option_rows[i].value != NULL;
	return false;
}

static void
offer_commands(const char *noun, const char *start)
{
	const char *last = "";
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++) {
		const char *word = noun == NULL ? row->noun : row->verb;

		if (word == NULL || strcmp(word, last) == 0 ||
		    (noun != NULL && strcmp(row->noun, noun) != 0))
			continue;
		offer("", word, start);
		last = word;
	}
}

static void
offer_flags(const struct command *command, const char *start)
{
	for (size_t i = 0; command != NULL && i < command_param_count(command); i++)
		if (!param_is_positional(&command->params[i]))
			offer("--", command->params[i].name, start);
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].applies == NULL ||
		    (command != NULL && option_rows[i].applies(command)))
			offer("--", option_rows[i].name, start);
}

static void
offer_profile(void *start, const char *name)
{
	offer("", name, start);
}

/* The words of an enumeration after its flag, the formats, and the profiles. */
static void
offer_values(const struct command *command, const char *flag, char *start)
{
	struct arena *arena = arena_new(65536);

	if (strcmp(flag, "as") == 0)
		config_each_profile(offer_profile, start);
	if (strcmp(flag, "format") == 0) {
		offer("", "table", start);
		offer("", "csv", start);
		offer("", "json", start);
	}
	for (size_t i = 0; command != NULL && i < command_param_count(command); i++) {
		const struct param *param = &command->params[i];
		const ProtobufCFieldDescriptor *field =
		    param->field == NULL
			? NULL
			: reflect_field(command_method(command)->input, param->field);
		const ProtobufCEnumDescriptor *words;

		if (strcmp(param->name, flag) != 0 || field == NULL ||
		    field->type != PROTOBUF_C_TYPE_ENUM)
			continue;
		words = field->descriptor;
		for (unsigned j = 0; j < words->n_values; j++)
			if (words->values[j].value != 0)
				offer("", reflect_flag_word(words, words->values[j].value, arena),
				    start);
	}
	arena_free(arena);
}

void
help_complete(int count, char **words)
{
	char nothing[] = "";
	char *start = count > 0 ? words[count - 1] : nothing;
	const char *before = count > 1 ? words[count - 2] : "";
	const char *noun = NULL;
	const char *verb = NULL;

	for (int i = 0; i < count - 1; i++) {
		if (begins(words[i], "-")) {
			i += takes_value(words[i]) ? 1 : 0;
		} else if (noun == NULL) {
			noun = words[i];
		} else {
			verb = words[i];
			break;
		}
	}
	if (begins(before, "--"))
		offer_values(noun != NULL ? command_find(noun, verb) : NULL, before + 2, start);
	if (begins(start, "-"))
		offer_flags(noun != NULL ? command_find(noun, verb) : NULL, start);
	else if (verb == NULL && !takes_value(before))
		offer_commands(noun, start);
}
