-- ReviewService.GetReviewSummary: counts of a financial year by the review that counted of each record at a moment. A practice
-- sees its own in full; anybody else those of all practices with small counts suppressed, and as at whole days: the figures of two
-- moments beside a review would tell it by subtraction.
CREATE OR REPLACE FUNCTION api.get_review_summary(financial_year text, as_at text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first_month date := make_date(ledger.year_start(financial_year), 4, 1);
  outside boolean := ledger.caller_practice() = '';
  at timestamptz := ledger.as_at(as_at);
  cells jsonb;
BEGIN
  IF outside AND as_at LIKE '%T%' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_AS_AT', format('outside the practice reviews are counted as at a day, not "%s"', as_at), 'as_at',
      'write 2017-08-31');
  END IF;
  SELECT coalesce(jsonb_agg(to_jsonb(f) || '{"figures": 3}'), '[]') INTO cells
    FROM ledger.review_figures(first_month, at) f
   WHERE outside OR f.breakdown <> 'practice';
  IF outside THEN
    cells := ledger.suppress_small(cells);
  END IF;
  RETURN (
    SELECT json_build_object('counts', coalesce(json_agg(json_build_object('breakdown', c.breakdown, 'key', c.key,
             'checked_count', CASE WHEN c.figures >= 1 AND c.breakdown <> 'reason' THEN c.checked END,
             'queried_count', CASE WHEN c.figures >= 2 THEN c.queried END,
             'upheld_count', CASE WHEN c.figures >= 3 THEN c.upheld END,
             'recovered_pence', CASE WHEN c.figures >= 3 THEN c.recovered_pence END,
             'suppressed', c.figures < 3)
             ORDER BY array_position(ARRAY['total', 'practice', 'provider', 'reason', 'month'], c.breakdown), c.key), '[]'))
      FROM jsonb_to_recordset(cells) AS c (breakdown text, key text, checked bigint, queried bigint, upheld bigint,
             recovered_pence bigint, figures integer));
END
$$;
