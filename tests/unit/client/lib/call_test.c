/* When a call may be sent again, after what pause, and that one answer is one answer. */
#include <criterion/criterion.h>

#include "client/lib/call.h"
#include "pbc/v1/budget.pb-c.h"

Test(call, a_read_and_a_numbered_write_may_be_repeated)
{
	Pbc__V1__GetBudgetRequest get = PBC__V1__GET_BUDGET_REQUEST__INIT;
	Pbc__V1__RunBudgetRequest run = PBC__V1__RUN_BUDGET_REQUEST__INIT;

	cr_expect(call_repeatable(&get.base));
	cr_expect_not(call_repeatable(&run.base));
	run.request_id = (char *)"6f9619ff-8b86-4011-b42d-00c04fc964ff";
	cr_expect(call_repeatable(&run.base));
}

Test(call, pauses_double_to_five_seconds_less_a_fifth)
{
	cr_expect_eq(call_pause_ms(2, 0), 100);
	cr_expect_eq(call_pause_ms(3, 0), 200);
	cr_expect_eq(call_pause_ms(7, 0), 3200);
	cr_expect_eq(call_pause_ms(8, 0), 5000);
	cr_expect_eq(call_pause_ms(1000000, 0), 5000);
	for (int chance = 0; chance < 1000; chance++) {
		cr_expect_leq(call_pause_ms(8, chance), 5000);
		cr_expect_geq(call_pause_ms(8, chance), 4000);
	}
}

Test(call, none_or_two_answers_are_a_fault_of_the_server)
{
	struct call_single single = {.request = NULL};
	struct status status;

	cr_expect_not(call_single_complete(&single, &status));
	cr_expect_eq(status.code, STATUS_INTERNAL);
	for (int i = 0; i < 2; i++) {
		Pbc__V1__Budget budget = PBC__V1__BUDGET__INIT;
		uint8_t none;

		cr_assert_eq(pbc__v1__budget__get_packed_size(&budget), 0);
		call_single_each(&single,
		    protobuf_c_message_unpack(&pbc__v1__budget__descriptor, NULL, 0, &none));
		cr_expect_eq(call_single_complete(&single, &status), i == 0);
	}
}
