-- Deploy pbc:lookup_index to pg
-- Lists, newest first, read a page and not the whole table; what a settlement asks of a month and of the transfers before it is found.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE INDEX operation_newest ON job.operation (commissioner_code, created_at, operation_id);
CREATE INDEX submission_newest ON ledger.submission (commissioner_code, recorded_at, submission_id);
CREATE INDEX business_case_newest ON ledger.business_case (commissioner_code, created_at, case_id);
CREATE INDEX settlement_by_month ON ledger.settlement (commissioner_code, provider_code, period);
CREATE INDEX transfer_by_pending ON ledger.transfer (commissioner_code, pending_transfer_id) WHERE pending_transfer_id IS NOT NULL;

-- Of the few records of a month that are another PCT's; the others cost an import no more than the question.
CREATE INDEX activity_not_ours ON ledger.activity (commissioner_code, period, submission_id, line) WHERE NOT ours;

RESET ROLE;

COMMIT;
