-- Verify pbc:calendar on pg

BEGIN;

SELECT commissioner_code, period, inclusion_date, first_reconciliation_date, final_date FROM ledger.submission_calendar WHERE false;
SELECT 1 / (count(*) = 180)::integer FROM ref.submission_calendar;

ROLLBACK;
