-- A business case goes through due process: drafted and submitted by its practice, decided once, with reasons, within the dated number
-- of weeks, by a person who neither made it nor has an interest in it.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(63);

CREATE TEMP TABLE made (name text PRIMARY KEY, answer json);
CREATE FUNCTION tests.case_id(case_name text) RETURNS uuid LANGUAGE sql AS
  $$ SELECT (answer #>> '{business_case,case_id}')::uuid FROM made WHERE name = case_name $$;
CREATE FUNCTION tests.full_content() RETURNS json LANGUAGE sql AS $$
  SELECT '{"title": "Minor surgery in the practice", "need": "Waits of 14 weeks", "proposal": "A weekly list", "pathway": "GP to GP",
    "clinical_governance": "Audit twice a year", "patient_involvement": "Patient group agreed", "effect_on_others": "Fewer day cases",
    "risks": "Cover for leave", "measures": "Waits, infections", "set_up_cost_pence": 500000, "recurrent_cost_pence": "1200000",
    "start_date": "2017-10-01"}'::json
$$;
DELETE FROM ref.rule WHERE name = 'CASE_DECISION_WEEKS';
INSERT INTO ref.rule VALUES ('CASE_DECISION_WEEKS', '2005-04-01', NULL, 8, 'weeks', 'test', 'seen');

-- Drafts.
SELECT tests.act_as('X00001', 'gp-a');
INSERT INTO made SELECT 'a', api.create_business_case('X00001', '{"title": "  Minor surgery  "}');
SELECT is(answer #>> '{business_case,state}', 'draft', 'a new case is a draft') FROM made WHERE name = 'a';
SELECT is(answer #>> '{business_case,content,title}', 'Minor surgery', 'text is trimmed') FROM made WHERE name = 'a';
SELECT is(answer #>> '{business_case,content,risks}', '', 'a section not sent is there, empty') FROM made WHERE name = 'a';
SELECT is(answer #>> '{business_case,practice_name}', 'The Example Surgery', 'with its practice''s name') FROM made WHERE name = 'a';
SELECT is(answer #>> '{business_case,reference}', format('BC/%s-%s/0001', y.year, right((y.year + 1)::text, 2)),
    'numbered in today''s financial year') FROM made,
    LATERAL (SELECT extract(year FROM (now() AT TIME ZONE 'Europe/London') - interval '3 months')::integer) AS y (year)
  WHERE name = 'a';
INSERT INTO made SELECT 'b', api.create_business_case('X00001', NULL);
SELECT alike(answer #>> '{business_case,reference}', 'BC/____-__/0002', 'the next number follows') FROM made WHERE name = 'b';
SELECT is(tests.refusal($$SELECT api.create_business_case('X00002', '{}')$$), 'ZC404 PRACTICE_NOT_FOUND practice_code',
  'another practice''s case cannot be made');
SELECT is(tests.refusal($$SELECT api.create_business_case('X77777', '{}')$$), 'ZC404 PRACTICE_NOT_FOUND practice_code',
  'and another practice is as if it were not there');
SELECT is(tests.refusal($$SELECT api.create_business_case('X00001', '{"need": "see 943 476 5919"}')$$),
  'ZC400 IDENTIFIER_IN_TEXT content.need', 'a patient''s number is refused by the section it is in');
SELECT is(tests.refusal($$SELECT api.create_business_case('X00001', '{"set_up_cost_pence": -1}')$$),
  'ZC400 NEGATIVE_PENCE content.set_up_cost_pence', 'a negative cost is refused');
SELECT is(tests.refusal($$SELECT api.create_business_case('X00001', '{"start_date": "1/10/2017"}')$$),
  'ZC400 BAD_DATE content.start_date', 'a start date is ISO');
SELECT alike(tests.refusal($$SELECT api.create_business_case('X00001', '{"start_date": "2017-02-29"}')$$), '22%',
  'and a day of the calendar');
SELECT alike(answer #>> '{business_case,reference}', 'BC/____-__/0003', 'a refusal leaves no gap in the numbers')
  FROM (SELECT api.create_business_case('X00001', NULL) AS answer) c;

-- Edits.
SELECT is(tests.refusal(format('SELECT api.update_business_case(%L, %L, %L)', tests.case_id('a'), '7', '{}')),
  'ZC410 ETAG_MISMATCH etag', 'an edit of another version is refused');
SELECT is(tests.refusal(format('SELECT api.update_business_case(%L, NULL, %L)', tests.case_id('a'), '{}')),
  'ZC410 ETAG_MISMATCH etag', 'an edit names the version it read');
SELECT is(tests.refusal(format('SELECT api.update_business_case(%L, %L, NULL)', tests.case_id('a'), '1')),
  'ZC400 CONTENT_NEEDED content', 'no content does not empty the case');
SELECT is(tests.refusal(format('SELECT api.submit_business_case(%L, %L)', tests.case_id('a'), '1')),
  'ZC400 SECTIONS_EMPTY content', 'an unfinished case cannot be submitted');
SELECT throws_ok(format('SELECT api.submit_business_case(%L, %L)', tests.case_id('a'), '1'), 'ZC400',
  'empty sections: need, proposal, pathway, clinical_governance, patient_involvement, effect_on_others, risks, measures, start_date',
  'one refusal names every empty section');
SELECT is(api.update_business_case(tests.case_id('a'), '1', tests.full_content()) #>> '{business_case,etag}', '2',
  'an edit makes the next version');
SELECT is(api.get_business_case(tests.case_id('a')) #>> '{business_case,content,recurrent_cost_pence}', '1200000',
  'pence may be sent as a string');
SELECT is((SELECT array_agg(state || ':' || (content ->> 'title') ORDER BY version) FROM ledger.business_case_version
            WHERE case_id = tests.case_id('a')), ARRAY['draft:Minor surgery', 'draft:Minor surgery in the practice'],
  'every version is kept as it was');

-- Who sees it.
SELECT tests.act_as('X00002', 'gp-b');
SELECT is(tests.refusal(format('SELECT api.get_business_case(%L)', tests.case_id('a'))), 'ZC404 CASE_NOT_FOUND case_id',
  'another practice''s case is not found');
SELECT is(tests.refusal(format('SELECT api.submit_business_case(%L, %L)', tests.case_id('a'), '2')), 'ZC404 CASE_NOT_FOUND case_id',
  'nor can it be submitted');
SELECT is(tests.refusal(format('SELECT api.declare_interest(%L, %L)', tests.case_id('a'), 'x')), 'ZC404 CASE_NOT_FOUND case_id',
  'nor an interest in it declared');
SELECT is(json_array_length(api.list_business_cases(NULL, NULL, NULL) -> 'business_cases'), 0, 'nor is it listed');
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.refusal(format('SELECT api.get_business_case(%L)', tests.case_id('a'))), 'ZC404 CASE_NOT_FOUND case_id',
  'another PCT does not find it');

-- Submission.
SELECT tests.act_as('5XZ', 'board');
SELECT is(tests.refusal(format('SELECT api.decide_business_case(%L, %L, %L, NULL, NULL, NULL)', tests.case_id('a'), '2', 'approve')),
  'ZC412 NOT_SUBMITTED case_id', 'a draft cannot be decided');
SELECT tests.act_as('X00001', 'nurse-a');
INSERT INTO made SELECT 'submitted', api.submit_business_case(tests.case_id('a'), '2');
SELECT is(answer #>> '{business_case,state}', 'submitted', 'a complete case is submitted') FROM made WHERE name = 'submitted';
SELECT is((answer #>> '{business_case,decision_due_date}')::date, (now() AT TIME ZONE 'Europe/London')::date + 56,
  'the PCT decides within the dated eight weeks') FROM made WHERE name = 'submitted';
SELECT is(answer #>> '{business_case,submitted_by}', 'nurse-a', 'by whom is kept') FROM made WHERE name = 'submitted';
SELECT is(tests.refusal(format('SELECT api.submit_business_case(%L, %L)', tests.case_id('a'), '3')), 'ZC412 NOT_DRAFT case_id',
  'a case is submitted once');
SELECT is(tests.refusal(format('SELECT api.update_business_case(%L, %L, %L)', tests.case_id('a'), '3', '{}')),
  'ZC412 NOT_DRAFT case_id', 'and not changed afterwards');

-- Who may not decide.
CREATE FUNCTION tests.decide(decision text, reasons text DEFAULT NULL, conditions text DEFAULT NULL, remedy text DEFAULT NULL,
  etag text DEFAULT '3') RETURNS text LANGUAGE sql AS $$
  SELECT tests.refusal(format('SELECT api.decide_business_case(%L, %L, %L, %L, %L, %L)', tests.case_id('a'), etag, decision, reasons,
    conditions, remedy))
$$;
SELECT is(tests.decide('approve'), 'ZC412 SELF_APPROVAL case_id', 'the person who submitted it cannot decide');
SELECT tests.act_as('X00001', 'gp-a');
SELECT is(tests.decide('approve'), 'ZC412 SELF_APPROVAL case_id', 'nor the person who made it');
SELECT tests.act_as('5XZ', 'approver');
SELECT is(tests.refusal(format('SELECT api.declare_interest(%L, %L)', tests.case_id('a'), '  ')), 'ZC400 NATURE_NEEDED nature',
  'an interest has a nature');
SELECT is(tests.refusal(format('SELECT api.declare_interest(%L, %L)', tests.case_id('a'), 'treats 9434765919')),
  'ZC400 IDENTIFIER_IN_TEXT nature', 'which names no patient');
SELECT is(api.declare_interest(tests.case_id('a'), 'Partner in the practice') #>> '{business_case,interests,0,nature}',
  'Partner in the practice', 'an interest is declared and shown');
SELECT is(api.get_business_case(tests.case_id('a')) #>> '{business_case,etag}', '3', 'it does not change the case');
SELECT is(tests.refusal(format('SELECT api.declare_interest(%L, %L)', tests.case_id('a'), 'Again')), 'ZC409 INTEREST_DECLARED case_id',
  'a declaration stands as it was made');
SELECT is(tests.decide('approve'), 'ZC412 DECLARED_INTEREST case_id', 'whoever declared an interest cannot decide');
SELECT throws_ok(format($$UPDATE ledger.business_case SET state = 'approved', decided_by_organisation = 'X00001',
  decided_by = 'gp-a', decided_at = now() WHERE case_id = %L$$, tests.case_id('a')), '23514', NULL,
  'the table itself refuses a decision by the maker');

-- What a decision needs.
SELECT tests.act_as('5XZ', 'board');
SELECT is(tests.decide(NULL), 'ZC400 DECISION_NEEDED decision', 'a decision is one of three');
SELECT is(tests.decide('reject', NULL, NULL, 'x'), 'ZC400 REASONS_NEEDED reasons', 'a rejection has reasons');
SELECT is(tests.decide('approve'), 'ZC400 REASONS_NEEDED reasons', 'and so has an approval');
SELECT is(tests.decide('approve_with_conditions', ' ', 'x'), 'ZC400 REASONS_NEEDED reasons', 'with conditions too');
SELECT is(tests.decide('reject', 'Too dear', NULL, ' '), 'ZC400 REMEDY_NEEDED remedy', 'a rejection says what would resolve it');
SELECT is(tests.decide('approve_with_conditions', 'Good'), 'ZC400 CONDITIONS_NEEDED conditions', 'conditions are named');
SELECT is(tests.decide('approve', 'Good', 'Report waits'), 'ZC400 CONDITIONS_NOT_TAKEN conditions', 'an approval has no conditions');
SELECT is(tests.decide('reject', 'Too dear', 'Report waits', 'x'), 'ZC400 CONDITIONS_NOT_TAKEN conditions', 'nor has a rejection');
SELECT is(tests.decide('approve', 'Good', NULL, 'x'), 'ZC400 REMEDY_NOT_TAKEN remedy', 'an approval has nothing to resolve');
SELECT is(tests.decide('approve_with_conditions', 'Good', 'Report waits', 'x'), 'ZC400 REMEDY_NOT_TAKEN remedy',
  'what is still to be done is a condition');
SELECT is(tests.decide('reject', 'For 943-476-5919', NULL, 'x'), 'ZC400 IDENTIFIER_IN_TEXT reasons', 'reasons name no patient');
SELECT is(tests.decide('approve', etag => '2'), 'ZC410 ETAG_MISMATCH etag', 'a decision is of the version that was read');
-- The state that a decision would bring the case to.
CREATE FUNCTION tests.would_be(decision text, conditions text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE SQLSTATE 'ZT000' USING MESSAGE =
    api.decide_business_case(tests.case_id('a'), '3', decision, 'Good', conditions, NULL) #>> '{business_case,state}';
EXCEPTION WHEN SQLSTATE 'ZT000' THEN
  RETURN SQLERRM;
END
$$;
SELECT is(tests.would_be('approve', NULL), 'approved', 'an approval needs reasons and no more');
SELECT is(tests.would_be('approve_with_conditions', 'Report waits'), 'approved_with_conditions', 'one with conditions needs both');
INSERT INTO made SELECT 'decided',
  api.decide_business_case(tests.case_id('a'), '3', 'reject', 'Too dear', NULL, 'Share the list with a neighbour');
SELECT is(answer #>> '{business_case,state}', 'rejected', 'it is decided') FROM made WHERE name = 'decided';
SELECT is(answer #>> '{business_case,remedy}', 'Share the list with a neighbour', 'with the remedy') FROM made WHERE name = 'decided';
SELECT is(tests.decide('approve', etag => '4'), 'ZC412 NOT_SUBMITTED case_id', 'once');
SELECT is(tests.refusal(format('SELECT api.declare_interest(%L, %L)', tests.case_id('a'), 'Late')), 'ZC412 CASE_DECIDED case_id',
  'interests come before the decision');

-- Lists: newest first, every case once.
SELECT tests.act_as('X00001', 'gp-a');
CREATE TEMP TABLE first_page AS SELECT api.list_business_cases(2, NULL, NULL) AS answer;
CREATE TEMP TABLE last_page AS SELECT api.list_business_cases(2, answer ->> 'next_page_token', NULL) AS answer FROM first_page;
SELECT is((SELECT array_agg(right(c ->> 'reference', 4)) FROM first_page, json_array_elements(answer -> 'business_cases') c),
  ARRAY['0003', '0002'], 'a page of the newest');
SELECT is((SELECT array_agg(right(c ->> 'reference', 4)) FROM last_page, json_array_elements(answer -> 'business_cases') c),
  ARRAY['0001'], 'then the rest');
SELECT is((SELECT answer ->> 'next_page_token' FROM last_page), '', 'and no more');
SELECT is((SELECT array_agg(c ->> 'state') FROM json_array_elements(api.list_business_cases(NULL, NULL, 'rejected')
  -> 'business_cases') c), ARRAY['rejected'], 'of one state where asked for');

SELECT * FROM finish();
ROLLBACK;
