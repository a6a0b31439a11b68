-- Deploy pbc:calendar to pg
-- When a month's activity is due and when it closes: dated rows, a PCT's own before the national ones.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- A file counts for the first reconciliation (flex) if it came before 17:00 on the inclusion date; the final reconciliation (freeze)
-- closes the month.
CREATE TABLE ref.submission_calendar (
  period      ref.month_start NOT NULL PRIMARY KEY,
  inclusion_date date NOT NULL,
  first_reconciliation_date date NOT NULL,
  final_date  date NOT NULL,
  source      text NOT NULL,
  evidence    text NOT NULL CHECK (evidence IN ('seen', 'likely', 'uncertain', 'local')),
  CHECK (period + 27 < inclusion_date AND inclusion_date <= first_reconciliation_date AND first_reconciliation_date < final_date)
);

CREATE TABLE ledger.submission_calendar (
  commissioner_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  inclusion_date date NOT NULL,
  first_reconciliation_date date NOT NULL,
  final_date  date NOT NULL,
  source      text NOT NULL,
  PRIMARY KEY (commissioner_code, period),
  CHECK (period + 27 < inclusion_date AND inclusion_date <= first_reconciliation_date AND first_reconciliation_date < final_date)
);

-- No published timetable of these years was at hand, so the rows have its usual shape: first reconciliation about the 20th of the next
-- month, final about the 20th of the one after, inclusion three working days before the first; never on a weekend.
INSERT INTO ref.submission_calendar
SELECT m.period, first.day - CASE WHEN extract(isodow FROM first.day) < 4 THEN 5 ELSE 3 END, first.day, final.day,
       'usual shape of the SUS reconciliation timetable: the 20th of the next month and of the one after'
         || CASE WHEN m.period < '2008-04-01' THEN '; reconciliation was quarterly then' ELSE '' END,
       CASE WHEN m.period < '2008-04-01' THEN 'uncertain' ELSE 'likely' END
  FROM (SELECT month::date AS period FROM generate_series('2005-04-01'::timestamp, '2020-03-01', '1 month') month) m
 CROSS JOIN LATERAL (SELECT (m.period + interval '1 month')::date + 19 AS day) next
 CROSS JOIN LATERAL (SELECT (m.period + interval '2 months')::date + 19 AS day) after_next
 CROSS JOIN LATERAL (SELECT next.day + CASE extract(isodow FROM next.day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END AS day) first
 CROSS JOIN LATERAL (SELECT after_next.day + CASE extract(isodow FROM after_next.day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END AS day) final;

RESET ROLE;

ALTER TABLE ledger.submission_calendar ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.submission_calendar FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.submission_calendar
  USING (commissioner_code = current_setting('pbc.commissioner', true))
  WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true));

COMMIT;
