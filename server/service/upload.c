/* UploadService: files come in here before an import names them. */
#include "pbc/v1/upload.pb-c.h"
#include "server/service/services.h"

#define UPLOADERS (ROLE_HUB | ROLE_PCT_FINANCE | ROLE_PROVIDER)

static const struct rpc_row upload_rows[] = {
    {
	.method = "UploadFile",
	.kind = RPC_UPLOAD,
	.effect = RPC_WRITE,
	.roles = UPLOADERS,
	.lane = DB_WRITE,
	.mandatory = "upload_id",
    },
    {
	.method = "GetUpload",
	.effect = RPC_READ,
	.roles = UPLOADERS,
	.lane = DB_READ,
	.mandatory = "upload_id",
    },
};

const struct rpc_service upload_service =
    RPC_SERVICE(&pbc__v1__upload_service__descriptor, upload_rows);
