/* Finds commands in the tables, and what their descriptors say about them. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/tables.h"

static const struct command *const tables[] = {
    reference_commands,
    tariff_commands,
    contract_commands,
    activity_commands,
    review_commands,
    price_commands,
    budget_commands,
    report_commands,
    case_commands,
    invoice_commands,
    settlement_commands,
    operation_commands,
    ledger_commands,
    health_commands,
};

const struct command *
command_at(size_t index)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct command *row = tables[i]; row->noun != NULL; row++)
			if (index-- == 0)
				return row;
	return NULL;
}

const struct command *
command_find(const char *noun, const char *verb)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		if (strcmp(row->noun, noun) == 0 &&
		    (row->verb == NULL || (verb != NULL && strcmp(row->verb, verb) == 0)))
			return row;
	return NULL;
}

bool
command_noun_exists(const char *noun)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)) != NULL; i++)
		if (strcmp(row->noun, noun) == 0)
			return true;
	return false;
}

const ProtobufCMethodDescriptor *
command_method(const struct command *command)
{
	const ProtobufCMethodDescriptor *method =
	    protobuf_c_service_descriptor_get_method_by_name(command->service, command->method);

	assert(method != NULL);
	return method;
}

bool
command_takes(const struct command *command, const char *field)
{
	return protobuf_c_message_descriptor_get_field_by_name(
		   command_method(command)->input, field) != NULL;
}

bool
param_is_positional(const struct param *param)
{
	return isupper((unsigned char)param->name[0]) != 0;
}

size_t
command_param_count(const struct command *command)
{
	size_t count = 0;

	while (command->params != NULL && command->params[count].name != NULL)
		count++;
	assert(count <= COMMAND_PARAM_LIMIT);
	return count;
}

const char *
invocation_value(const struct invocation *invocation, const char *name)
{
	const struct command *command = invocation->command;

	for (size_t i = 0; i < command_param_count(command); i++)
		if (strcmp(command->params[i].name, name) == 0)
			return invocation->values[i];
	assert(0 && "a parameter that the command does not have");
	return NULL;
}
