-- Revert pbc:calendar from pg

BEGIN;

DROP TABLE ledger.submission_calendar, ref.submission_calendar;

COMMIT;
