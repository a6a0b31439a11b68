/* What a running server takes of settings that were read anew: one table. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "server/config.h"

#define TEXT(name, member)                               \
	{                                                \
		name, offsetof(struct config, member), 0 \
	}
#define VALUE(name, member)                                                                    \
	{                                                                                      \
		name, offsetof(struct config, member), sizeof(((struct config *)NULL)->member) \
	}

static const struct taken {
	const char *name;
	size_t offset; /* in struct config */
	size_t size;   /* 0: a text of its own */
} taken[] = {
    TEXT("certificate", certificate_file),
    TEXT("key", key_file),
    TEXT("client-ca", client_ca_file),
    TEXT("crl", crl_file),
    VALUE("require-client-certificate", require_client_certificate),
    VALUE("connections-limit", connections_limit),
    VALUE("address-connections-limit", address_connections_limit),
    VALUE("calls-limit", calls_limit),
    VALUE("user-calls-limit", user_calls_limit),
    VALUE("deadline-max", deadline_max_s),
    VALUE("drain", drain_s),
    VALUE("log-level", log_level),
};

#define TAKEN_COUNT (sizeof(taken) / sizeof(taken[0]))

static void
take_text(void *running, const void *fresh)
{
	char *text;

	memcpy(&text, running, sizeof(text));
	free(text);
	memcpy(&text, fresh, sizeof(text));
	text = text != NULL ? memory_strdup(text) : NULL;
	memcpy(running, &text, sizeof(text));
}

void
config_take(struct config *running, const struct config *fresh)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		char *to = (char *)running + taken[i].offset;
		const char *from = (const char *)fresh + taken[i].offset;

		if (taken[i].size == 0)
			take_text(to, from);
		else
			memcpy(to, from, taken[i].size);
	}
}

bool
config_is_taken(const char *name)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		if (strcmp(name, taken[i].name) == 0)
			return true;
	return false;
}
