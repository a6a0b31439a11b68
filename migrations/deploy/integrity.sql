-- Deploy pbc:integrity to pg
-- What no code may get wrong: a row is of what it names, whoever checks is somebody, a practice is in one PCT on a day.
-- References are looked at when a transaction ends, since an act writes its parts in the order in which it finds them: the lines of a
-- settlement before their sums. Rows of activity, their sums, and lines of invoices and settlements have none: they come by the hundred
-- thousand, and VerifyLedger proves them. As a superuser, for the owner of the tables sees no row to look at.

BEGIN;

ALTER TABLE ledger.app_user
  ADD CONSTRAINT app_user_commissioner FOREIGN KEY (commissioner_code) REFERENCES ledger.commissioner DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.rule
  ADD CONSTRAINT rule_commissioner FOREIGN KEY (commissioner_code) REFERENCES ledger.commissioner DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.restricted_code
  ADD CONSTRAINT restricted_code_commissioner FOREIGN KEY (commissioner_code) REFERENCES ledger.commissioner
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.submission_calendar
  ADD CONSTRAINT submission_calendar_commissioner FOREIGN KEY (commissioner_code) REFERENCES ledger.commissioner
    DEFERRABLE INITIALLY DEFERRED;

-- No day in two PCTs. Deferred as well: a file closes one membership and opens the next.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE ledger.practice_membership
  ADD CONSTRAINT practice_membership_practice FOREIGN KEY (commissioner_code, practice_code) REFERENCES ledger.practice
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT practice_membership_one_a_day EXCLUDE USING gist
    (commissioner_code WITH =, practice_code WITH =, daterange(valid_from, valid_to, '[]') WITH &&) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.population
  ADD CONSTRAINT population_practice FOREIGN KEY (commissioner_code, practice_code) REFERENCES ledger.practice
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.weighted_population
  ADD CONSTRAINT weighted_population_practice FOREIGN KEY (commissioner_code, practice_code) REFERENCES ledger.practice
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.provider_mff
  ADD CONSTRAINT provider_mff_provider FOREIGN KEY (commissioner_code, provider_code) REFERENCES ledger.provider
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.provider_term
  ADD CONSTRAINT provider_term_provider FOREIGN KEY (commissioner_code, provider_code) REFERENCES ledger.provider
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ledger.submission
  ADD CONSTRAINT submission_provider FOREIGN KEY (commissioner_code, provider_code) REFERENCES ledger.provider
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT submission_superseded FOREIGN KEY (commissioner_code, supersedes_submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT submission_repriced FOREIGN KEY (commissioner_code, reprice_of_submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT submission_restored_from FOREIGN KEY (commissioner_code, restore_of_submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT submission_counts CHECK (least(row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count,
    not_ours_count) >= 0);
ALTER TABLE ledger.provider_month
  ADD CONSTRAINT provider_month_submission FOREIGN KEY (commissioner_code, submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.reopening
  ADD CONSTRAINT reopening_month FOREIGN KEY (commissioner_code, provider_code, period) REFERENCES ledger.provider_month
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT reopening_submission FOREIGN KEY (commissioner_code, submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT reopening_approved_by_somebody CHECK (num_nulls(approved_by_organisation, approved_by, approved_at) IN (0, 3));

ALTER TABLE ledger.contract
  ADD CONSTRAINT contract_provider FOREIGN KEY (commissioner_code, provider_code) REFERENCES ledger.provider
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT contract_activated_by_somebody CHECK (num_nulls(activated_by_organisation, activated_by, activated_at) IN (0, 3));
ALTER TABLE ledger.plan_line
  ADD CONSTRAINT plan_line_contract FOREIGN KEY (commissioner_code, contract_id) REFERENCES ledger.contract
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.local_price
  ADD CONSTRAINT local_price_contract FOREIGN KEY (commissioner_code, contract_id) REFERENCES ledger.contract
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ledger.budget_run
  ADD CONSTRAINT budget_run_issued_by_somebody CHECK (num_nulls(issued_by_organisation, issued_by, issued_at) IN (0, 3));
ALTER TABLE ledger.budget
  ADD CONSTRAINT budget_budget_run FOREIGN KEY (commissioner_code, budget_id) REFERENCES ledger.budget_run
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.budget_line
  ADD CONSTRAINT budget_line_budget FOREIGN KEY (commissioner_code, budget_id, practice_code) REFERENCES ledger.budget
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.budget_step
  ADD CONSTRAINT budget_step_line FOREIGN KEY (commissioner_code, budget_id, practice_code, line_id) REFERENCES ledger.budget_line
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ledger.business_case
  ADD CONSTRAINT business_case_practice FOREIGN KEY (commissioner_code, practice_code) REFERENCES ledger.practice
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT case_submitted_by_somebody CHECK (num_nulls(submitted_by_organisation, submitted_by, submitted_at) IN (0, 3)),
  ADD CONSTRAINT case_decided_by_somebody CHECK (num_nulls(decided_by_organisation, decided_by, decided_at) IN (0, 3)),
  ADD CONSTRAINT case_names_conditions CHECK (state <> 'approved_with_conditions' OR conditions IS NOT NULL AND conditions <> '');
ALTER TABLE ledger.business_case_version
  ADD CONSTRAINT business_case_version_case FOREIGN KEY (commissioner_code, case_id) REFERENCES ledger.business_case
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.interest
  ADD CONSTRAINT interest_case FOREIGN KEY (commissioner_code, case_id) REFERENCES ledger.business_case DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ledger.record_review
  ADD CONSTRAINT record_review_practice FOREIGN KEY (commissioner_code, practice_code) REFERENCES ledger.practice
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT record_review_submission FOREIGN KEY (commissioner_code, submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT record_review_note CHECK (length(note) <= 500 AND (reason IS DISTINCT FROM 'other' OR note <> ''));
ALTER TABLE ledger.review_resolution
  ADD CONSTRAINT review_resolution_review FOREIGN KEY (commissioner_code, review_id) REFERENCES ledger.record_review
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ledger.invoice
  ADD CONSTRAINT invoice_provider FOREIGN KEY (commissioner_code, provider_code) REFERENCES ledger.provider
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.settlement
  ADD CONSTRAINT settlement_invoice FOREIGN KEY (commissioner_code, invoice_id) REFERENCES ledger.invoice
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT settlement_submission FOREIGN KEY (commissioner_code, submission_id) REFERENCES ledger.submission
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT settlement_approved_by_somebody CHECK (num_nulls(approved_by_organisation, approved_by, approved_at) IN (0, 3));
ALTER TABLE ledger.transfer
  ADD CONSTRAINT transfer_debit FOREIGN KEY (commissioner_code, debit_account) REFERENCES ledger.account DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT transfer_credit FOREIGN KEY (commissioner_code, credit_account) REFERENCES ledger.account DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT transfer_settlement FOREIGN KEY (commissioner_code, settlement_id) REFERENCES ledger.settlement
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT transfer_of_pending FOREIGN KEY (commissioner_code, pending_transfer_id) REFERENCES ledger.transfer
    DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT transfer_reversed FOREIGN KEY (commissioner_code, reverses_transfer_id) REFERENCES ledger.transfer
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.statement
  ADD CONSTRAINT statement_settlement FOREIGN KEY (commissioner_code, settlement_id) REFERENCES ledger.settlement
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger.statement_line
  ADD CONSTRAINT statement_line_statement FOREIGN KEY (commissioner_code, statement_id) REFERENCES ledger.statement
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE job.operation
  ADD CONSTRAINT operation_ended CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
  ADD CONSTRAINT operation_running CHECK (state <> 'running' OR num_nulls(worker, lease_until, started_at) = 0);
ALTER TABLE patient.upload_chunk
  ADD CONSTRAINT upload_chunk_offset CHECK (byte_offset >= 0);

COMMIT;
