/* Files of the sample: CSV rows to disk. A failure to write ends the program with a message. */
#ifndef PBC_DEPLOY_SAMPLE_OUT_H
#define PBC_DEPLOY_SAMPLE_OUT_H

#include <stdint.h>
#include <stdio.h>

#define OUT_PATH_SIZE 512

/* One file being written. path is below the output directory, for the manifest. */
struct out_file {
	FILE *file;
	char path[OUT_PATH_SIZE];
	int64_t rows; /* data rows ended, without the header */
	int fields;   /* of the row being written */
};

/* Prints "pbc-sample: ..." and ends the program with status 1. */
_Noreturn void out_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Creates directory/path with the folders in between. */
void out_open(struct out_file *out, const char *directory, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The header line: names separated by commas. */
void out_header(struct out_file *out, const char *header);

/* A field, quoted as RFC 4180 needs. */
void out_text(struct out_file *out, const char *text);
void out_number(struct out_file *out, int64_t number);
/* Pounds with two decimals. */
void out_money(struct out_file *out, int64_t pence);
void out_row_end(struct out_file *out);

/* Flushes; a full disk is found here at the latest. */
void out_close(struct out_file *out);

#endif
