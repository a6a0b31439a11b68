/*
 * Gives each file of the folders named on the command line to a fuzz target, where there is no
 * libFuzzer.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_LIMIT (1 << 20)

static void
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *read = malloc(INPUT_LIMIT), *exact;
	size_t size;

	if (file == NULL || read == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(read, 1, INPUT_LIMIT, file);
	fclose(file);
	/* Of its exact size, so that a sanitizer sees a read past it. */
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		exit(1);
	for (size_t i = 0; i < size; i++)
		exact[i] = read[i];
	free(read);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static int
replay_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (directory == NULL) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(directory)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		replay_file(path);
		count++;
	}
	closedir(directory);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_folder(argv[i]);
	printf("%d inputs\n", count);
	return count > 0 ? 0 : 1;
}
