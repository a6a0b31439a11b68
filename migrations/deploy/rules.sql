-- Deploy pbc:rules to pg
-- The dated rules as guidance set them. evidence: seen in a document, likely or uncertain general knowledge, local decision needed.

BEGIN;

SET LOCAL ROLE pbc_owner;

INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  -- Pricing. Until 2008/09 the Department paid the market forces factor to trusts, so practices saw bare tariff.
  ('MFF_PAID_BY_COMMISSIONER', '2003-04-01', '2009-03-31', 0, 'flag', 'Payment by Results 2003/04 to 2008/09', 'likely'),
  ('MFF_PAID_BY_COMMISSIONER', '2009-04-01', NULL, 1, 'flag', 'Payment by Results Guidance 2009/10', 'likely'),
  ('SHORT_STAY_MIN_AGE_YEARS', '2003-04-01', '2009-03-31', 17, 'years', 'Payment by Results: not a child under 17', 'uncertain'),
  ('SHORT_STAY_MIN_AGE_YEARS', '2009-04-01', NULL, 19, 'years', 'Payment by Results: age 19 and over', 'seen'),
  ('SHORT_STAY_BELOW_DAYS', '2003-04-01', NULL, 2, 'days', 'Payment by Results: length of stay 0 or 1', 'seen'),
  ('OUTPATIENT_CHILD_BELOW_YEARS', '2003-04-01', '2009-03-31', 17, 'years', 'Payment by Results: child is under 17 at attendance', 'likely'),
  ('OUTPATIENT_CHILD_BELOW_YEARS', '2009-04-01', NULL, 19, 'years', 'Payment by Results: child is under 19 at attendance', 'likely'),
  ('SPELL_ROUNDED_TO_POUNDS', '2003-04-01', NULL, 0, 'flag', 'SUS payments are DECIMAL(9,2): rounded to pence', 'likely'),
  ('TOPUP_CHILDREN_PPM', '2010-04-01', '2011-03-31', 780000, 'ppm', 'Payment by Results 2010/11 specialised services', 'seen'),
  ('TOPUP_CHILDREN_PPM', '2011-04-01', NULL, 250000, 'ppm', 'Payment by Results 2011/12, as proposed', 'seen'),
  ('TOPUP_ORTHOPAEDIC_PPM', '2010-04-01', '2011-03-31', 300000, 'ppm', 'Payment by Results 2010/11 specialised services', 'seen'),
  ('TOPUP_ORTHOPAEDIC_PPM', '2011-04-01', NULL, 250000, 'ppm', 'Payment by Results 2011/12, as proposed', 'seen'),
  ('EMERGENCY_MARGINAL_PPM', '2003-04-01', '2006-03-31', 1000000, 'ppm', 'no marginal rate', 'likely'),
  ('EMERGENCY_MARGINAL_PPM', '2006-04-01', '2008-03-31', 500000, 'ppm', 'Payment by Results 2006/07: half above the threshold', 'uncertain'),
  ('EMERGENCY_MARGINAL_PPM', '2008-04-01', '2010-03-31', 1000000, 'ppm', 'no marginal rate', 'uncertain'),
  ('EMERGENCY_MARGINAL_PPM', '2010-04-01', NULL, 300000, 'ppm', 'Payment by Results 2010/11: 30 % above the 2008/09 baseline', 'seen'),
  -- Budgets.
  ('BUDGET_UPLIFT_PPM', '2003-04-01', NULL, 1000000, 'ppm', 'no uplift unless the PCT decides one', 'local'),
  ('PACE_OF_CHANGE_PPM', '2008-04-01', NULL, 10000, 'ppm', 'practice based commissioning 2008/09: at most 1 % a year', 'seen'),
  ('FREED_UP_RESOURCES_PRACTICE_PPM', '2004-10-01', '2006-03-31', 500000, 'ppm', 'practice based commissioning, October 2004', 'seen'),
  ('FREED_UP_RESOURCES_PRACTICE_PPM', '2006-04-01', NULL, 700000, 'ppm', 'House of Commons written answer, 6 November 2006', 'seen'),
  -- Due process.
  ('CASE_DECISION_WEEKS', '2005-04-01', NULL, 8, 'weeks', 'practice based commissioning, March 2009: eight weeks at most', 'seen');

RESET ROLE;

COMMIT;
