-- Free text that holds an NHS number is refused. Valid and invalid numbers are the published examples of the modulus 11 check.
BEGIN;
\ir support/acting.sql
SELECT plan(24);

SELECT ok(ledger.holds_nhs_number(value), format('refused: %s', to_json(value)))
  FROM (VALUES ('9434765919'), ('4010232137'), ('9876543210'), ('943 476 5919'), ('943-476-5919'), ('943 - 476 - 5919'),
          ('943' || chr(160) || '476' || chr(8211) || '5919'), ('patient 9434765919, aged 70'), ('NHS9434765919x'),
          ('age 12 9434765919'), ('9434765918 then 9434765919'), (E'943\t476\n5919')) AS t (value);
SELECT ok(NOT ledger.holds_nhs_number(value), format('allowed: %s', to_json(value)))
  FROM (VALUES ('9434765918'), ('9990000001'), ('94347659191'), ('19434765919'), ('943476591'), ('01234 567890'),
          ('£1,234,567.89 over 10 years'), ('943, 476, 5919'), (''), (NULL)) AS t (value);
SELECT is(tests.refusal($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$),
  'ZC400 IDENTIFIER_IN_TEXT content.need', 'the refusal names the field');
SELECT throws_ok($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$, 'ZC400',
  'content.need holds what looks like an NHS number', 'and never the value');

SELECT * FROM finish();
ROLLBACK;
