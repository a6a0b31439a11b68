-- Verify pbc:integrity on pg

BEGIN;

SELECT 1 / (SELECT (count(*) = 51)::integer
              FROM pg_catalog.pg_constraint c
             WHERE c.convalidated AND c.conname IN (
               'app_user_commissioner',
               'rule_commissioner',
               'restricted_code_commissioner',
               'submission_calendar_commissioner',
               'practice_membership_practice', 'practice_membership_one_a_day',
               'population_practice',
               'weighted_population_practice',
               'provider_mff_provider',
               'provider_term_provider',
               'submission_provider', 'submission_superseded', 'submission_repriced', 'submission_restored_from', 'submission_counts',
               'provider_month_submission',
               'reopening_month', 'reopening_submission', 'reopening_approved_by_somebody',
               'contract_provider', 'contract_activated_by_somebody',
               'plan_line_contract',
               'local_price_contract',
               'budget_run_issued_by_somebody',
               'budget_budget_run',
               'budget_line_budget',
               'budget_step_line',
               'business_case_practice', 'case_submitted_by_somebody', 'case_decided_by_somebody', 'case_names_conditions',
               'business_case_version_case',
               'interest_case',
               'record_review_practice', 'record_review_submission', 'record_review_note',
               'review_resolution_review',
               'invoice_provider',
               'settlement_invoice', 'settlement_submission', 'settlement_approved_by_somebody',
               'transfer_debit', 'transfer_credit', 'transfer_settlement', 'transfer_of_pending', 'transfer_reversed',
               'statement_settlement',
               'statement_line_statement',
               'operation_ended', 'operation_running',
               'upload_chunk_offset'));

ROLLBACK;
