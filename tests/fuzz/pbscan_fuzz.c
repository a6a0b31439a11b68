/*
 * The scan and what lies behind it: bytes that pass unpack within a quota, turn to JSON and back to
 * the same message.
 */
#include <assert.h>

#include "common/arena.h"
#include "common/pbjson.h"
#include "common/pbscan.h"
#include "sample.pb-c.h"
#include "tests/fuzz/fuzz.h"

#define QUOTA (16u << 20)

/* A message without floating point and lists of times, so that its JSON is always taken back. */
static void
check_round_trip(const ProtobufCMessage *message, struct arena *arena)
{
	json_t *json = pbjson_from_message(message, PBJSON_PROTO3), *again;
	struct status status;
	ProtobufCMessage *back;

	back = pbjson_to_message(json, message->descriptor, PBJSON_PROTO3, arena, &status);
	assert(back != NULL || status.code == STATUS_RESOURCE_EXHAUSTED);
	if (back != NULL) {
		/* A time out of range is null, which reads as unset, which is left out. */
		if (json_is_null(json_object_get(json, "submit_time")))
			json_object_del(json, "submit_time");
		again = pbjson_from_message(back, PBJSON_PROTO3);
		assert(json_equal(json, again));
		json_decref(again);
	}
	json_decref(json);
}

/* Nulls in the lists of SQL's dialect may be refused; nothing worse may happen. */
static void
check_sql(const ProtobufCMessage *message, struct arena *arena)
{
	json_t *json = pbjson_from_message(message, PBJSON_SQL);
	struct status status;

	pbjson_to_message(json, message->descriptor, PBJSON_SQL, arena, &status);
	json_decref(json);
}

static ProtobufCMessage *
unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t size,
    struct arena *arena)
{
	struct status status;

	if (!pbscan_check(descriptor, data, size, &pbscan_default_limits, &status))
		return NULL;
	return protobuf_c_message_unpack(descriptor, arena_protobuf_allocator(arena), size, data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(QUOTA);
	ProtobufCMessage *plain = unpack(&pbc__test__plain__descriptor, data, size, arena);
	ProtobufCMessage *sample = unpack(&pbc__test__sample__descriptor, data, size, arena);

	if (plain != NULL) {
		check_round_trip(plain, arena);
		check_sql(plain, arena);
	}
	if (sample != NULL)
		json_decref(pbjson_from_message(sample, PBJSON_PROTO3));
	arena_free(arena);
	return 0;
}
