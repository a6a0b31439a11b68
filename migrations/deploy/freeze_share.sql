-- Deploy pbc:freeze_share to pg
-- How much of the version that it replaces a freeze must have, as a dated row that a PCT may decide otherwise.

BEGIN;

SET LOCAL ROLE pbc_owner;

INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  ('FREEZE_ROWS_MIN_PPM', '2003-04-01', NULL, 500000, 'ppm', 'a freeze on a part of the month is a mistake: the PCT decides what a part is', 'local');

RESET ROLE;

COMMIT;
