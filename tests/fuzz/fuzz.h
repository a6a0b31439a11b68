/* The entry that libFuzzer and replay.c call. */
#ifndef PBC_TESTS_FUZZ_FUZZ_H
#define PBC_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0; a rule that does not hold ends the process. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
