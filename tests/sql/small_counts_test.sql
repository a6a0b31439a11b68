-- What is shown of counts outside the practice: none from 1 to 4, and none that such a one could be computed from.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(30);

-- What is shown of rows and, before them, of their sum; '*' for what is not.
CREATE FUNCTION tests.shown(VARIADIC rows bigint[]) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(CASE WHEN c.shown THEN c.count::text ELSE '*' END, ' ' ORDER BY c.place)
    FROM (SELECT sum(r)::bigint || rows AS counts FROM unnest(rows) r) t
   CROSS JOIN unnest(t.counts, ledger.shown_outside(t.counts)) WITH ORDINALITY AS c (count, shown, place)
$$;

SELECT is(tests.shown(10, 20), '30 10 20', 'nothing is small, all is shown');
SELECT is(tests.shown(5, 0), '5 5 0', '5 is not small, nor is 0');
SELECT is(tests.shown(4), '* *', '4 is');
SELECT is(tests.shown(3, 0, 0), '* * * *', 'where the whole is small nothing is shown');
SELECT is(tests.shown(1, 1, 1), '* * * *', 'nor where it is of several');
SELECT is(tests.shown(3, 10, 27), '40 * * 27', 'the least of the others hides with one that is small');
SELECT is(tests.shown(27, 10, 3), '40 27 * *', 'wherever it stands');
SELECT is(tests.shown(1, 1, 10), '12 * * *', 'two whose sum is small are not enough');
SELECT is(tests.shown(2, 4, 10), '16 * * 10', 'two whose sum is not small are');
SELECT is(tests.shown(3, 0, 10, 11), '24 * 0 * 11', 'what is 0 would hide nothing, and is shown');
SELECT is(tests.shown(1, 2, 3, 4), '10 * * * *', 'all may be small');
SELECT is(tests.shown(-3, 20, 30), '47 * * 30', 'a few more taken back than sent are few as well');
SELECT is(tests.shown(6, -8), '* * *', 'so are few of the whole');
SELECT is(ledger.shown_outside(ARRAY[10, 6, 4], ARRAY[true, true, true]), ledger.shown_outside(ARRAY[10, 6, 4]), 'what nothing forbids is as it is');
SELECT is(ledger.shown_outside(ARRAY[60, 10, 20, 30], ARRAY[true, true, true, false]), ARRAY[true, false, true, false],
  'with what is left out already the least of the others hides');
SELECT is(ledger.shown_outside(ARRAY[60, 10, 20, 30], ARRAY[true, false, false, true]), ARRAY[true, false, false, true],
  'where that is enough, nothing more');
SELECT is(ledger.shown_outside(ARRAY[60, 30, 30], ARRAY[false, true, true]), ARRAY[false, false, false], 'with the whole all of it');
SELECT is(ledger.shown_outside(ARRAY[30, 30], ARRAY[true, false]), ARRAY[false, false], 'and with the one row there is the whole');
SELECT is(ledger.shown_outside(ARRAY[[40, 60], [3, 20], [10, 10], [27, 30]]), ARRAY[true, false, false, true],
  'a row is left out for any of its parts');
SELECT is(ledger.shown_outside(ARRAY[[40, 60], [3, 1], [1, 3], [36, 56]]), ARRAY[true, false, false, false],
  'and until no part of what is left out is small');

-- Every table of up to four rows of 0 to 6, and of up to three of -6 to 6.
CREATE TEMP TABLE tables AS
WITH RECURSIVE made (low, longest, counts) AS (
  SELECT k.low, k.longest, ARRAY[]::bigint[] FROM (VALUES (0, 4), (-6, 3)) AS k (low, longest)
  UNION ALL
  SELECT m.low, m.longest, m.counts || n::bigint
    FROM made m CROSS JOIN generate_series(m.low, 6) n WHERE cardinality(m.counts) < m.longest)
SELECT w.counts, ledger.shown_outside(w.counts) AS shown
  FROM (SELECT DISTINCT m.counts FROM made m WHERE m.counts <> '{}') m
 CROSS JOIN LATERAL (SELECT sum(c)::bigint || m.counts AS counts FROM unnest(m.counts) c) w;
CREATE TEMP TABLE cells AS
SELECT t.counts AS answer, c.place = 1 AS is_whole, c.count, c.shown
  FROM tables t CROSS JOIN LATERAL unnest(t.counts, t.shown) WITH ORDINALITY AS c (count, shown, place);
SELECT is((SELECT count(*) FROM cells c WHERE c.shown AND abs(c.count) BETWEEN 1 AND 4), 0::bigint, 'no table shows a small count');
SELECT is((SELECT string_agg(l.answer::text, ' ')
             FROM (SELECT c.answer FROM cells c GROUP BY c.answer
                   HAVING count(*) FILTER (WHERE NOT c.shown) > 0 AND bool_or(c.shown AND c.is_whole)
                      AND (count(*) FILTER (WHERE NOT c.shown) < 2 OR abs(sum(c.count) FILTER (WHERE NOT c.shown)) BETWEEN 1 AND 4)) l),
  NULL, 'what is shown of no table, taken from its whole, leaves one row or a small count');
SELECT is((SELECT string_agg(l.answer::text, ' ')
             FROM (SELECT c.answer FROM cells c GROUP BY c.answer
                   HAVING bool_or(c.is_whole AND NOT c.shown) AND bool_or(c.shown)) l), NULL, 'and adds up to no whole that is not');
-- The same without knowing how: every table of three rows beside all others that agree with what is shown of it.
WITH three AS (
  SELECT t.counts, t.shown FROM tables t WHERE cardinality(t.counts) = 4 AND 0 <= ALL (t.counts)
), agreeing AS (
  SELECT o.counts AS answer, a.counts
    FROM three o
    JOIN three a ON NOT EXISTS (SELECT FROM generate_subscripts(o.counts, 1) i WHERE o.shown[i] AND o.counts[i] <> a.counts[i])
   WHERE false = ANY (o.shown)
)
SELECT is((SELECT count(*)
             FROM (SELECT a.answer, i.place, min(a.counts[i.place]) AS least, max(a.counts[i.place]) AS most
                     FROM agreeing a CROSS JOIN generate_series(1, 4) AS i (place)
                    GROUP BY a.answer, i.place) c
            WHERE c.least = c.most AND c.least BETWEEN 1 AND 4), 0::bigint,
  'what is shown of three rows goes with other small counts, or none, as well');
SELECT is((SELECT count(*) FROM (SELECT c.answer FROM cells c GROUP BY c.answer
                                  HAVING bool_or(NOT c.shown) AND NOT bool_or(abs(c.count) BETWEEN 1 AND 4)) l), 0::bigint,
  'a table without small counts is shown whole');

-- Records, and of each row how many gained a price, lost theirs, or neither, as of an impact of a tariff: 2,000 tables of up to five rows.
SELECT setseed(0.5) \g /dev/null
CREATE TEMP TABLE impacts AS
SELECT t.n, t.counts, t.parts, ledger.shown_outside(t.counts) AS shown, ledger.shown_outside(t.parts, ledger.shown_outside(t.counts)) AS parts_shown
  FROM (SELECT r.n, sum(r.a + r.b + r.c)::bigint || array_agg(r.a + r.b + r.c ORDER BY r.k) AS counts,
               ARRAY[sum(r.a), sum(r.b), sum(r.c)]::bigint[] || array_agg(ARRAY[r.a, r.b, r.c] ORDER BY r.k) AS parts
          FROM (SELECT n, k, floor(random() * 9)::bigint AS a, floor(random() * 9)::bigint AS b, floor(random() * 30)::bigint AS c
                  FROM generate_series(1, 2000) n CROSS JOIN LATERAL generate_series(1, 1 + n % 5) k) r
         GROUP BY r.n) t;
CREATE TEMP TABLE impact_cells AS
SELECT i.n, k.place, part.part, i.parts[k.place][part.part] AS count, i.parts_shown[k.place] AS shown, i.shown[k.place] AS records_shown
  FROM impacts i CROSS JOIN LATERAL generate_subscripts(i.counts, 1) AS k (place) CROSS JOIN generate_series(1, 3) AS part (part);
SELECT is((SELECT count(*) FROM impact_cells c WHERE c.shown AND (abs(c.count) BETWEEN 1 AND 4 OR NOT c.records_shown)), 0::bigint,
  'no part that is shown is small, or of a row that is not');
SELECT is((SELECT count(*)
             FROM (SELECT FROM impact_cells c GROUP BY c.n, c.part
                   HAVING bool_or(c.shown AND c.place = 1) AND count(*) FILTER (WHERE NOT c.shown) > 0
                      AND (count(*) FILTER (WHERE NOT c.shown) = 1 OR abs(sum(c.count) FILTER (WHERE NOT c.shown)) BETWEEN 1 AND 4)) l),
  0::bigint, 'and those that are not add up to none that is');
INSERT INTO ref.tariff VALUES ('00000000-0000-4000-8000-000000000001', 2017, sha256('tariff'), 'tariff.csv', now());
INSERT INTO ledger.tariff_impact VALUES ('5XZ', '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', '2017-07-01', '2017-07-01',
  '5XZ', 'finance', now());
-- Records, gained, lost: in all 122, 12 and 0.
INSERT INTO ledger.tariff_impact_line
SELECT '5XZ', '00000000-0000-4000-8000-000000000002', 'RXA', l.pod, 'X00001', l.records, 0, l.pence, l.gained, 0
  FROM (VALUES ('AE', 3, 900, 0), ('DC', 10, 800, 8), ('EL', 50, 700, 4), ('NEL', 59, 600, 0)) AS l (pod, records, pence, gained);
SELECT tests.act_as('5XZ', 'board') \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', l ->> 'name', coalesce(l ->> 'records', '*'), coalesce(l ->> 'gained', '*'), coalesce(l ->> 'lost', '*'),
                    l ->> 'then_pence'), ', ')
             FROM (SELECT api.get_tariff_impact('00000000-0000-4000-8000-000000000002', 'pod') -> 'impact') AS g (i)
            CROSS JOIN LATERAL (SELECT i -> 'total' UNION ALL SELECT json_array_elements(i -> 'lines')) AS t (l)),
  'All 122 12 0 3000, AE * * * 900, DC * * * 800, EL 50 * * 700, NEL 59 0 0 600',
  'an impact shows no few records, none few of a line that gain, and none that have what others gain');

-- Who asks.
SELECT tests.act_as('X00001', 'nurse-a') \g /dev/null
SELECT ledger.counts_shown(ARRAY[3, 2, 1]) AS practice, ledger.counts_shown(NULL) AS of_nothing \gset
SELECT tests.act_as('RXA', 'trust-a') \g /dev/null
SELECT is(ARRAY[:'practice', ledger.counts_shown(ARRAY[3, 2, 1])::text], ARRAY['{t,t,t}', '{f,f,f}'],
  'a practice sees its own in full, a provider as everybody else');
SELECT is(ARRAY[:'of_nothing', ledger.counts_shown(NULL)::text], ARRAY['{}', '{}'], 'of nothing there is nothing to leave out');

SELECT * FROM finish();
ROLLBACK;
