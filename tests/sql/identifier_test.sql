-- Free text that holds an NHS number is refused. Valid and invalid numbers are the published examples of the modulus 11 check.
BEGIN;
\ir support/acting.sql
SELECT plan(114);

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
-- What else may stand between the digits, however much of it, and what looks like digits.
SELECT ok(ledger.holds_nhs_number(value), format('refused: %s', to_json(value)))
  FROM (VALUES ('943.476.5919'), ('943/476/5919'), ('943_476_5919'), ('943\476\5919'), ('943 / 476 / 5919'), ('943. 476. 5919'), ('943·476·5919'),
          ('943.476-5919'), ('9434.765.919'), ('94.34.76.59.19'), ('9/4/3/4/7/6/5/9/1/9'), ('9_4_3_4_7_6_5_9_1_9'), ('943     476     5919'),
          ('943 -- 476 -- 5919'), (E'943\n\n\n\n476 5919'), ('12.943.476.5919'), ('943.476.5919.'), ('seen 01/04/2017, 943/476/5919'),
          ('on 01.04.17 943.476.5919'), ('v.943.476.5919.1'),
          ('９４３４７６５９１９'), ('９４３ ４７６ ５９１９'), ('９４３．４７６．５９１９'), ('𝟗𝟒𝟑𝟒𝟕𝟔𝟓𝟗𝟏𝟗'), ('９43４76５919'),
          ('943' || chr(8203) || '476' || chr(8203) || '5919'), ('94347' || chr(173) || '65919'), ('94347' || chr(65279) || '65919'),
          ('943-476.5919'), ('943-476 5919'), ('9-4-3-4-7-6-5-9-1-9'), ('9 4 3 4 7 6 5 9 1 9'), ('9 4-3 4-7 6-5 9-1 9'), ('94-34-76-59-19'),
          ('943' || chr(8203) || '-476-' || chr(8203) || '5919'), ('943476 5919'), ('94347 65919'),
          ('943' || chr(8239) || '476' || chr(8239) || '5919'), ('943' || chr(8209) || '476' || chr(8209) || '5919')) AS t (value);
-- What finance writes: most have the digits of an NHS number, and it is their grouping that lets them pass.
SELECT ok(NOT ledger.holds_nhs_number(value), format('allowed: %s', to_json(value)))
  FROM (VALUES ('943.476.5918'), ('INV/943476/5919'), ('invoice 9434/765919'), ('94347/65919'), ('cost centre 943476.5919'), ('9.434765919'),
          ('ledger 94.3476.5919'), ('94/3476/5919'), ('£943.47, £659.19'), ('943.47 6591.90'), ('£94347659.19'), ('94,347,659.19'),
          ('94/34/7659/19'), ('9434/76 5919/20'), ('943/4765/919'), ('9/4/3476/5919'), ('12/04/2017'), ('from 01/04/2017 to 31/03/2018'),
          ('2017/18 and 2018/19'), ('tel. 0114.496.0018'), ('INV-9434-765919'), ('PO 94347-65919'), ('CR-943476-5919'), ('94-3476-5919'),
          ('9434 - 765919')) AS t (value);
SELECT is((SELECT count(*) FROM generate_series(0, 9999) n WHERE ledger.holds_nhs_number(format('INV-2017-%s', to_char(n, 'FM000000')))),
  0::bigint, 'no invoice of a year is taken for a number');
SELECT is((SELECT count(*) FROM generate_series(0, 9999) n WHERE ledger.holds_nhs_number(format('order 20170%s-%s', n % 10, to_char(n, 'FM0000')))),
  0::bigint, 'nor an order of a month');
SELECT is((SELECT count(*) FROM generate_series(0, 4000) n
            WHERE ledger.holds_nhs_number(format('%s - %s', '2010-01-01'::date + n, '2010-01-01'::date + 5 * n / 2))), 0::bigint,
  'no days from one to another are taken for a number');
SELECT ok(ledger.holds_nhs_number('of 901 476 2011-07-31') AND ledger.holds_nhs_number('901-476-2011-07-31'), 'but a day that a number ends in hides it not');
-- One random UUID in 200 or so would hold ten digits with a right check digit, if what stands in one counted.
SELECT is((SELECT count(*) FROM generate_series(1, 20000) n WHERE ledger.holds_nhs_number('settled by ' || md5(n::text)::uuid)), 0::bigint,
  'no UUID is taken for a number');
SELECT is(tests.refusal($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$),
  'ZC400 IDENTIFIER_IN_TEXT content.need', 'the refusal names the field');
SELECT throws_ok($$SELECT ledger.refuse_identifier('see 943 476 5919', 'content.need')$$, 'ZC400',
  'content.need holds what looks like an NHS number', 'and never the value');

SELECT * FROM finish();
ROLLBACK;
