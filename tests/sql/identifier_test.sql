-- Free text that holds an NHS number is refused. Valid and invalid numbers are the published examples of the modulus 11 check.
BEGIN;
\ir support/acting.sql
SELECT plan(46);

SELECT ok(ledger.holds_nhs_number(value), format('refused: %s', to_json(value)))
  FROM (VALUES ('9434765919'), ('4010232137'), ('9876543210'), ('943 476 5919'), ('943-476-5919'), ('943 - 476 - 5919'),
          ('943' || chr(160) || '476' || chr(8211) || '5919'), ('patient 9434765919, aged 70'), ('NHS9434765919'), ('NHS no 9434765919'),
          ('nhsno9434765919.'), ('NHS number: 943-476-5919'), ('age 12 9434765919'), ('12 943 476 5919'), ('9434765918 then 9434765919'),
          (E'943\t476\n5919'), ('94 34 76 59 19'), ('(9434765919)'), ('ref=9434765919'), ('seen 12 - 9434765919'), ('seen - 943-476-5919 -'),
          ('5919 943 476 5919'), ('pt9434765919'), ('Smith-9434765919'), ('A9434765919'), ('9434765919b'), ('INV-9434765919'), ('12-943-476-5919'),
          ('943-476-5919-12'), ('9434-765-919'), ('3f2504e0-4f89-11d3-9a0c-0305e82c3301 9434765919')) AS t (value);
SELECT ok(NOT ledger.holds_nhs_number(value), format('allowed: %s', to_json(value)))
  FROM (VALUES ('9434765918'), ('9990000001'), ('94347659191'), ('19434765919'), ('943476591'), ('01234 567890'),
          ('£1,234,567.89 over 10 years'), ('943, 476, 5919'), (''), (NULL), ('3f2504e0-4f89-11d3-9a0c-9434765919e8'),
          ('94347659-1910-4232-8137-000000000000')) AS t (value);
-- One random UUID in 200 or so would hold ten digits with a right check digit, if what stands in one counted.
SELECT is((SELECT count(*) FROM generate_series(1, 20000) n WHERE ledger.holds_nhs_number('settled by ' || md5(n::text)::uuid)), 0::bigint,
  'no UUID is taken for a number');
SELECT is(tests.refusal($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$),
  'ZC400 IDENTIFIER_IN_TEXT content.need', 'the refusal names the field');
SELECT throws_ok($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$, 'ZC400',
  'content.need holds what looks like an NHS number', 'and never the value');

SELECT * FROM finish();
ROLLBACK;
