-- Counts of reviews: a practice's own in full, outside it no count from 1 to 4 and none that can be got by subtraction.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(24);

-- Reviews of a practice at a provider in a month: so many confirmed, so many queried and of those so many upheld at 10.00 each.
CREATE FUNCTION tests.reviewed(practice text, provider text, month date, confirmed integer, queried integer, upheld integer,
  reason text DEFAULT 'duplicate') RETURNS void LANGUAGE sql AS $$
  WITH made AS (
    INSERT INTO ledger.record_review
    SELECT '5XZ', gen_random_uuid(), practice, provider, month, gen_random_uuid()::text, 1, CASE WHEN n > confirmed THEN 'queried' ELSE 'confirmed' END,
           CASE WHEN n > confirmed THEN reason END, CASE WHEN n > confirmed + queried - upheld THEN 'upheld' ELSE '' END, gen_random_uuid(), 2,
           1000, practice, 'gp', now()
      FROM generate_series(1, confirmed + queried) n
    RETURNING *)
  INSERT INTO ledger.review_resolution
  SELECT m.commissioner_code, m.review_id, m.practice_code, m.provider_code, 'upheld', 1000, 'agreed', '5XZ', 'finance', now()
    FROM made m WHERE m.note = 'upheld'
$$;
-- 'key checked/queried/upheld/pounds' of each row of a breakdown; what is not told is '-'.
CREATE FUNCTION tests.counts(breakdown text, year text DEFAULT '2017/18') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s/%s/%s/%s', c ->> 'key', coalesce(c ->> 'checked_count', '-'), coalesce(c ->> 'queried_count', '-'),
           coalesce(c ->> 'upheld_count', '-'), coalesce(((c ->> 'recovered_pence')::bigint / 100)::text, '-')), ', ' ORDER BY c ->> 'key')
    FROM json_array_elements(api.get_review_summary(year, NULL) -> 'counts') c WHERE c ->> 'breakdown' = breakdown
$$;
-- The same as what suppress_small leaves of cells 'breakdown key checked queried upheld'.
CREATE FUNCTION tests.left_of(VARIADIC cells text[]) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s', c ->> 'key', c ->> 'figures'), ', ' ORDER BY c ->> 'key')
    FROM jsonb_array_elements(ledger.suppress_small((
           SELECT jsonb_agg(jsonb_build_object('breakdown', w[1], 'key', w[2], 'checked', w[3]::bigint, 'queried', w[4]::bigint,
                    'upheld', w[5]::bigint, 'figures', 3))
             FROM unnest(cells) AS cell CROSS JOIN LATERAL string_to_array(cell, ' ') AS w))) c
$$;

-- One figure at a time, with all of it checked only. The total is 't'.
SELECT is(tests.left_of('total t 30 0 0', 'provider a 10 0 0', 'provider b 20 0 0'), 'a 3, b 3, t 3', 'nothing is small, all is told');
SELECT is(tests.left_of('total t 4 0 0', 'provider a 4 0 0'), 'a 0, t 0', '4 is small');
SELECT is(tests.left_of('total t 5 0 0', 'provider a 5 0 0'), 'a 3, t 3', '5 is not');
SELECT is(tests.left_of('total t 40 0 0', 'provider a 3 0 0', 'provider b 10 0 0', 'provider c 27 0 0'), 'a 0, b 0, c 3, t 3',
  'the least of the others hides with one that is small');
SELECT is(tests.left_of('total t 12 0 0', 'provider a 1 0 0', 'provider b 1 0 0', 'provider c 10 0 0'), 'a 0, b 0, c 0, t 3',
  'two whose sum is small are not enough');
SELECT is(tests.left_of('total t 16 0 0', 'provider a 2 0 0', 'provider b 4 0 0', 'provider c 10 0 0'), 'a 0, b 0, c 3, t 3',
  'two whose sum is not small are');
SELECT is(tests.left_of('total t 40 0 0', 'provider a 3 0 0', 'provider b 37 0 0', 'month m 40 0 0'), 'a 0, b 0, m 3, t 3',
  'another breakdown of the same total is told');
-- The second and third figure.
SELECT is(tests.left_of('total t 60 40 0', 'provider a 20 3 0', 'provider b 40 37 0'), 'a 1, b 1, t 3',
  'what was checked is told where what was queried is small');
SELECT is(tests.left_of('total t 60 57 0', 'provider a 30 28 0', 'provider b 30 29 0'), 'a 1, b 1, t 1',
  'few that were not queried are small as well');
SELECT is(tests.left_of('total t 60 30 1', 'provider a 30 10 1', 'provider b 30 20 0'), 'a 2, b 2, t 2',
  'a small total hides every row''s figure, as they add up to it');
SELECT is(tests.left_of('total t 90 60 20', 'provider a 30 20 1', 'provider b 30 20 9', 'provider c 30 20 10'), 'a 2, b 2, c 3, t 3',
  'one row''s few upheld hide with another row''s');
SELECT is(tests.left_of('total t 113 63 23', 'provider a 3 3 3', 'provider b 10 10 0', 'provider c 100 50 20'), 'a 0, b 0, c 2, t 3',
  'and the next least too, when the sum of the hidden is small in one part');
SELECT is(tests.left_of('total t 60 40 0', 'reason duplicate 3 3 0', 'reason other 37 37 0'), 'duplicate 1, other 1, t 3',
  'reasons add up to what was queried');

-- Exhaustively: nothing that is told, nor the total less what is told, has a part from 1 to 4.
CREATE FUNCTION tests.leaks(cells jsonb) RETURNS boolean LANGUAGE sql AS $$
  WITH cell AS (
    SELECT c.* FROM jsonb_to_recordset(ledger.suppress_small(cells)) AS c (breakdown text, key text, checked bigint, queried bigint,
             upheld bigint, figures integer)
  ), told AS (
    SELECT f.figure, c.breakdown, p.part, p.n, c.figures >= f.figure AS shown
      FROM cell c CROSS JOIN generate_series(1, 3) AS f (figure)
     CROSS JOIN LATERAL (VALUES ('checked', c.checked, 1), ('queried', c.queried, 2), ('not queried', c.checked - c.queried, 2),
             ('upheld', c.upheld, 3), ('not upheld', c.queried - c.upheld, 3)) AS p (part, n, of_figure)
     WHERE p.of_figure = f.figure
  ), left_over AS (
    SELECT t.figure, t.part, bool_and(t.shown) FILTER (WHERE t.breakdown = 'total') AS total_shown,
           sum(t.n) FILTER (WHERE t.breakdown = 'total') - coalesce(sum(t.n) FILTER (WHERE t.breakdown <> 'total' AND t.shown), 0) AS n,
           count(*) FILTER (WHERE t.breakdown <> 'total' AND NOT t.shown) AS hidden
      FROM told t GROUP BY t.figure, t.part
  )
  SELECT EXISTS (SELECT FROM told t WHERE t.shown AND t.n BETWEEN 1 AND 4)
      OR EXISTS (SELECT FROM left_over l WHERE l.total_shown AND (l.n BETWEEN 1 AND 4 OR l.hidden = 1))
      OR EXISTS (SELECT FROM left_over l WHERE NOT l.total_shown AND l.hidden = 0)
      OR EXISTS (SELECT FROM cell WHERE figures NOT BETWEEN 0 AND 3)
$$;
SELECT setseed(0.5) \g /dev/null
SELECT is(count(*) FILTER (WHERE tests.leaks(c.cells)), 0::bigint, 'of 2,000 tables of up to five rows none leaks')
  FROM (SELECT t.n, jsonb_agg(jsonb_build_object('breakdown', 'provider', 'key', r.k, 'checked', r.checked, 'queried', r.queried, 'upheld', r.upheld,
                 'figures', 3))
               || jsonb_build_array(jsonb_build_object('breakdown', 'total', 'key', '', 'checked', sum(r.checked), 'queried', sum(r.queried),
                 'upheld', sum(r.upheld), 'figures', 3)) AS cells
          FROM generate_series(1, 2000) AS t (n)
         CROSS JOIN LATERAL (
           SELECT k, q.upheld, q.upheld + q.open AS queried, q.upheld + q.open + q.confirmed + (q.upheld + q.open + q.confirmed = 0)::integer AS checked
             FROM generate_series(1, 1 + t.n % 5) AS k
            CROSS JOIN LATERAL (SELECT floor(random() * 9)::integer + 0 * k AS upheld, floor(random() * 9)::integer + 0 * k AS open,
                    floor(random() * 9)::integer + 0 * k AS confirmed) AS q) AS r
         GROUP BY t.n) AS c;
SELECT cmp_ok((SELECT count(*) FROM generate_series(1, 100) n
                WHERE tests.left_of('total t 60 40 20', 'provider a 30 20 10', 'provider b 30 20 10') = 'a 3, b 3, t 3'), '=', 100::bigint,
  'and a table without small counts is told whole');

-- Through the API.
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT is(api.get_review_summary('2017/18', NULL) ->> 'counts', '[]', 'before any review there is nothing to count');
SELECT set_config('pbc.practice', '', true) \g /dev/null
SELECT tests.reviewed('X00001', 'RXA', '2017-07-01', 20, 10, 5), tests.reviewed('X00001', 'RXB', '2017-07-01', 1, 2, 1, 'wrong_hrg'),
  tests.reviewed('X00002', 'RXA', '2017-08-01', 30, 20, 10), tests.reviewed('X00001', 'RXA', '2018-04-01', 7, 0, 0) \g /dev/null
SELECT tests.act_as('X00001', 'nurse-a') \g /dev/null
SELECT is(concat_ws('; ', tests.counts('total'), tests.counts('provider'), tests.counts('reason'), tests.counts('month'), tests.counts('practice')),
  ' 33/12/6/60; RXA 30/10/5/50, RXB 3/2/1/10; duplicate -/10/5/50, wrong_hrg -/2/1/10; 2017-07 33/12/6/60',
  'a practice sees its own in full, however small');
SELECT is(tests.counts('total', '2018/19'), ' 7/0/0/0', 'of the year it asks for');
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT is(tests.counts('total'), ' 83/32/16/160', 'the PCT sees the total of all practices');
SELECT is(tests.counts('provider'), 'RXA -/-/-/-, RXB -/-/-/-', 'without a provider''s few, or what they could be got from');
SELECT is(tests.counts('reason'), 'duplicate -/-/-/-, wrong_hrg -/-/-/-', 'nor a reason''s');
SELECT is(tests.counts('practice'), 'X00001 33/12/6/60, X00002 50/20/10/100', 'and of practices what is not small');
SELECT is((SELECT string_agg(DISTINCT c ->> 'suppressed', ' ') FROM json_array_elements(api.get_review_summary('2017/18', NULL) -> 'counts') c
            WHERE c ->> 'breakdown' = 'provider'), 'true', 'what is left out is said to be');
SELECT tests.act_as('5YY', 'finance') \g /dev/null
SELECT is(api.get_review_summary('2017/18', NULL) ->> 'counts', '[]', 'another PCT sees none of it');

SELECT * FROM finish();
ROLLBACK;
