/* Embeds the descriptor set that the build made of proto/. */
#include "server/rpc/protoset.h"

__asm__(".section .rodata\n"
	".balign 16\n"
	".global protoset_start\n"
	"protoset_start:\n"
	".incbin \"" PBC_PROTOSET "\"\n"
	".global protoset_end\n"
	"protoset_end:\n"
	".previous\n");
