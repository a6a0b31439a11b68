/* Reflection's index: a file comes with everything that it imports, each once. */
#include <criterion/criterion.h>
#include <string.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "server/rpc/descriptors.h"

#define FILE_MAX 64

static bool
holds(const ProtobufCBinaryData *files, size_t count, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		Google__Protobuf__FileDescriptorProto *file =
		    google__protobuf__file_descriptor_proto__unpack(
			NULL, files[i].len, files[i].data);

		cr_assert_not_null(file);
		found += strcmp(file->name, name) == 0;
		google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
	}
	return found == 1;
}

Test(descriptors, find_a_file_with_its_imports)
{
	ProtobufCBinaryData files[FILE_MAX];
	size_t count;

	cr_assert_leq(descriptors_file_count(descriptors_get()), FILE_MAX);
	count = descriptors_find_file(descriptors_get(), "pbc/v1/budget.proto", files);
	cr_expect_eq(count, 3);
	cr_expect(holds(files, 1, "pbc/v1/budget.proto"), "the file itself comes first");
	cr_expect(holds(files, count, "google/protobuf/timestamp.proto"));
	cr_expect(holds(files, count, "pbc/v1/operation.proto"));
	cr_expect_eq(descriptors_find_file(descriptors_get(), "none.proto", files), 0);
}

Test(descriptors, find_what_a_symbol_is_defined_in)
{
	static const char *const symbols[] = {
	    "pbc.v1.BudgetService",
	    "pbc.v1.BudgetService.GetBudget",
	    "pbc.v1.Budget",
	    "pbc.v1.BudgetState",
	    "pbc.v1.Budget.practice_code",
	};
	ProtobufCBinaryData files[FILE_MAX];

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		cr_assert_gt(descriptors_find_symbol(descriptors_get(), symbols[i], files), 0, "%s",
		    symbols[i]);
		cr_expect(holds(files, 1, "pbc/v1/budget.proto"), "%s", symbols[i]);
	}
	cr_expect_gt(descriptors_find_symbol(
			 descriptors_get(), "google.rpc.PreconditionFailure.Violation", files),
	    0);
	cr_expect_eq(descriptors_find_symbol(descriptors_get(), "pbc.v1", files), 0);
	cr_expect_eq(descriptors_find_symbol(descriptors_get(), "", files), 0);
}
