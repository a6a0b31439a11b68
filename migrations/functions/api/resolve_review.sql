-- ReviewService.ResolveReview: ends an open query, once. What is recovered is at most what the record was or is priced at.
CREATE OR REPLACE FUNCTION api.resolve_review(review_id uuid, outcome text, recovered_pence bigint, reason text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  queried ledger.record_review;
  state text;
  price_pence bigint;
BEGIN
  SELECT * INTO queried FROM ledger.record_review r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.review_id = resolve_review.review_id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'REVIEW_NOT_FOUND', format('no review %s', resolve_review.review_id), 'review_id',
      'see them with: pbc activity reviews');
  END IF;
  PERFORM ledger.lock_reviews(queried.practice_code);
  SELECT n.query_state, greatest(queried.price_pence, n.current_pence, 0) INTO state, price_pence
    FROM ledger.reviews_as_at(ARRAY[queried.review_id], 'infinity') n;
  IF state IS DISTINCT FROM 'open' THEN
    PERFORM ledger.refuse('ZC412', 'QUERY_NOT_OPEN', CASE WHEN state IS NULL THEN 'the review confirms its record'
      ELSE format('the query is %s', state) END, 'review_id', 'only an open query can be resolved');
  END IF;
  IF btrim(resolve_review.reason) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASON_NEEDED', 'a resolution has a reason', 'reason', 'say why; the practice reads it');
  END IF;
  PERFORM ledger.refuse_identifier(resolve_review.reason, 'reason');
  IF recovered_pence < 0 OR (outcome = 'rejected' AND recovered_pence <> 0) THEN
    PERFORM ledger.refuse('ZC400', 'NOTHING_RECOVERED', format('%s cannot be recovered by a query that is %s',
      ledger.pounds(recovered_pence), outcome), 'recovered_pence', 'only an upheld query recovers money');
  END IF;
  -- A refusal leaves no event, so it does not tell what the price is.
  IF recovered_pence > price_pence THEN
    PERFORM ledger.refuse('ZC400', 'RECOVERED_TOO_MUCH', format('%s is more than the record''s price',
      ledger.pounds(recovered_pence)), 'recovered_pence', 'state what was taken back of this record');
  END IF;
  INSERT INTO ledger.review_resolution (commissioner_code, review_id, practice_code, provider_code, outcome, recovered_pence, reason,
    organisation_code, user_id, recorded_at)
  VALUES (queried.commissioner_code, queried.review_id, queried.practice_code, queried.provider_code, resolve_review.outcome,
    resolve_review.recovered_pence, btrim(resolve_review.reason), ledger.caller_organisation(), ledger.caller_user(),
    clock_timestamp());
  RETURN json_build_object('review', (SELECT j.review FROM ledger.reviews_json(ARRAY[queried.review_id], 'infinity') j));
END
$$;
