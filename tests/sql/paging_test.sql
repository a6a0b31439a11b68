-- Lists come in pages by key: every row once, whatever the page size; a token is of one list only.
BEGIN;
\ir support/acting.sql
SELECT plan(13);

SELECT is(ledger.page_size(NULL), 50, 'nothing asks for the usual page');
SELECT is(ledger.page_size(0), 50, 'so does 0');
SELECT is(ledger.page_size(1), 1, 'the smallest page');
SELECT is(ledger.page_size(200), 200, 'the largest page');
SELECT is(ledger.page_size(201), 200, 'more than the largest gets the largest');
SELECT is(tests.refusal('SELECT ledger.page_size(-1)'), 'ZC400 BAD_PAGE_SIZE page_size', 'a page has no negative size');

SELECT is(ledger.page_key('things', ledger.page_token('things', '2017-04-01', 'x,y"{}\ é')), ARRAY['2017-04-01', 'x,y"{}\ é'],
  'a token gives back its key, whatever characters it has');
SELECT is(ledger.page_key('things', NULL), NULL, 'no token is no key');
SELECT matches(string_agg(ledger.page_token('things', repeat(chr(n), 5), 'é?>~'), ''), '^[A-Za-z0-9_-]+$',
  'a token needs no escaping in a URL') FROM generate_series(33, 255) n;
SELECT is(tests.refusal(format('SELECT ledger.page_key(%L, %L)', 'things', ledger.page_token('others', '1'))),
  'ZC400 BAD_PAGE_TOKEN page_token', 'a token of another list is refused');
SELECT is(tests.refusal(format('SELECT ledger.page_key(%L, %L)', 'things', token)), 'ZC400 BAD_PAGE_TOKEN page_token',
    format('"%s" is refused', token))
  FROM (VALUES ('!!!'), ('WyJ0aGluZ3MiXQ'), ('eyJhIjoxfQ')) AS made_up (token);

SELECT * FROM finish();
ROLLBACK;
