/* A pbc.test.Sample with every field at an edge, as python3-protobuf serialised and printed it. */
#ifndef PBC_TESTS_UNIT_COMMON_SAMPLE_WIRE_H
#define PBC_TESTS_UNIT_COMMON_SAMPLE_WIRE_H

#define SAMPLE_WIRE                                                                             \
	"08011080808080f8ffffffff01180520ffffffff0f2dfbffffff350600000038808080808080808080014" \
	"0feffffffffffffffff0148ffffffffffffffffff0151f6ffffffffffffff590b00000000000000650000" \
	"003f69000000000000f43f720c436166c3a92022c2a337220a7a0400ff10808001028a011b0a056f75746" \
	"5721080a2cbfcffffffffff011a070a05696e6e657292010b08c0c8bcb50410809c9c39a20100b201030a" \
	"0161b201021002ba011300ffffffffffffffffff018180808080808010c20100c2010178ca0103010002d" \
	"20100d2010166d20102666fd20103666f6fda010801000000ffffffffe2011108ffffffffffffffffff01" \
	"10ff93ebdc03e80102"

#define SAMPLE_JSON                                                                               \
	"{\"big\":\"-9223372036854775808\",\"big_fixed\":\"-10\","                                \
	"\"big_unsigned\":\"18446744073709551615\",\"big_unsigned_fixed\":\"11\","                \
	"\"big_zigzag\":\"9223372036854775807\",\"blobs\":[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\"],"     \
	"\"codes\":[1,4294967295],\"data\":\"AP8QgA==\",\"flag\":true,\"half\":0.5,"              \
	"\"numbers\":[\"0\",\"-1\",\"9007199254740993\"],"                                        \
	"\"part\":{\"child\":{\"cost_pence\":\"0\",\"name\":\"inner\"},"                          \
	"\"cost_pence\":\"-7155456\",\"name\":\"outer\"},"                                        \
	"\"parts\":[{\"cost_pence\":\"0\",\"name\":\"a\"},{\"cost_pence\":\"2\",\"name\":\"\"}]," \
	"\"payer\":\"CENTRAL_FUND\",\"reason\":\"\",\"small\":-2147483648,\"small_fixed\":-5,"    \
	"\"small_unsigned\":4294967295,\"small_unsigned_fixed\":6,\"small_zigzag\":-3,"           \
	"\"state\":\"CASE_STATE_HALF_DECIDED\",\"states\":[\"CASE_STATE_SUBMITTED\","             \
	"\"CASE_STATE_UNSPECIFIED\",\"CASE_STATE_HALF_DECIDED\"],"                                \
	"\"submit_time\":\"2007-07-31T12:00:00.120Z\",\"text\":\"Caf\xc3\xa9 \\\"\xc2\xa3"        \
	"7\\\"\\n\",\"times\":[\"1969-12-31T23:59:59.999999999Z\"],\"whole\":1.25,"               \
	"\"words\":[\"\",\"x\"]}"

/* The same type with nothing set. */
#define SAMPLE_EMPTY_JSON                                                                         \
	"{\"big\":\"0\",\"big_fixed\":\"0\",\"big_unsigned\":\"0\",\"big_unsigned_fixed\":\"0\"," \
	"\"big_zigzag\":\"0\",\"blobs\":[],\"codes\":[],\"data\":\"\",\"flag\":false,\"half\":0." \
	"0,"                                                                                      \
	"\"numbers\":[],\"parts\":[],\"payer\":\"MFF_PAYER_UNSPECIFIED\",\"small\":0,"            \
	"\"small_fixed\":0,\"small_unsigned\":0,\"small_unsigned_fixed\":0,\"small_zigzag\":0,"   \
	"\"state\":\"CASE_STATE_UNSPECIFIED\",\"states\":[],\"text\":\"\",\"times\":[],"          \
	"\"whole\":0.0,\"words\":[]}"

/* A pbc.test.Plain, and by CONTRIBUTING.md what its answer from SQL looks like. */
#define PLAIN_WIRE                                                                                 \
	"08011007188080808080808080800120ffffffffffffffffff012a0178320200ff380242050a017010054a06" \
	"08c0c8bcb50450005a006201016a0200017201ab"

#define PLAIN_JSON                                                                       \
	"{\"big\":-9223372036854775808,\"big_unsigned\":\"18446744073709551615\","       \
	"\"blobs\":[\"ab\"],\"data\":\"00ff\",\"flag\":true,\"numbers\":[1],"            \
	"\"part\":{\"child\":null,\"cost_pence\":5,\"name\":\"p\"},"                     \
	"\"parts\":[{\"child\":null,\"cost_pence\":0,\"name\":null}],\"price_pence\":0," \
	"\"small\":7,\"state\":\"half_decided\",\"states\":[null,\"submitted\"],"        \
	"\"submit_time\":\"2007-07-31T12:00:00Z\",\"text\":\"x\"}"

#define PLAIN_EMPTY_JSON                                                                          \
	"{\"big\":0,\"big_unsigned\":0,\"blobs\":[],\"data\":\"\",\"flag\":false,\"numbers\":[]," \
	"\"part\":null,\"parts\":[],\"price_pence\":null,\"small\":0,\"state\":null,"             \
	"\"states\":[],\"submit_time\":null,\"text\":null}"

#endif
