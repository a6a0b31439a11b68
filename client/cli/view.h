/* Prints answers as a command's view says, in the format that was asked for. */
#ifndef PBC_CLIENT_CLI_VIEW_H
#define PBC_CLIENT_CLI_VIEW_H

#include <stdio.h>
#include <jansson.h>

#include "client/cli/command.h"

/* One whole answer on standard output. */
void view_print(const struct view *view, const ProtobufCMessage *answer, enum format format);

/* The section whose rows make a list or a CSV file. */
const struct section *view_main_section(const struct view *view);
bool section_is_rows(const struct section *section, const ProtobufCMessageDescriptor *answer);

/* A CSV file in two steps, so that pages can be written as they come. */
void view_csv_header(const struct section *section, FILE *out);
void view_csv_rows(const struct section *section, const ProtobufCMessage *answer, FILE *out);

/* A table of the rows of several answers. */
void view_table(const struct section *section, ProtobufCMessage *const *answers, size_t count);

/* One document, indented, with a line end. */
void view_json(json_t *json);
void view_print_json(const ProtobufCMessage *answer);

#endif
