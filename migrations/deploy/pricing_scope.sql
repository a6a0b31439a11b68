-- Deploy pbc:pricing_scope to pg
-- Private patients, departments of type 3, and outpatient procedures that the tariff has no price for.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.activity ADD COLUMN administrative_category text COLLATE "C";

INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  ('PRIVATE_PATIENTS_EXCLUDED', '2003-04-01', NULL, 1, 'flag', 'Payment by Results: private patients (administrative category 02) are outside it', 'likely'),
  ('AE_TYPE_3_LOWEST_BAND', '2003-04-01', NULL, 1, 'flag', 'national tariff: units of type 3 are paid the lowest band only, seen for later years', 'seen'),
  ('PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE', '2003-04-01', NULL, 1, 'flag', 'Payment by Results: one price is paid, the procedure''s where both apply, else the attendance''s', 'likely');

RESET ROLE;

COMMIT;
