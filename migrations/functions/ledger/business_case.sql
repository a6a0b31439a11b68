-- Business cases: what every one of their RPCs shares.

-- The content to store: every section present, trimmed, its pence and date in order, no patient in it; else a refusal.
CREATE OR REPLACE FUNCTION ledger.case_content(content json)
RETURNS json
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  name text;
  value text;
  clean jsonb := '{}';
BEGIN
  FOREACH name IN ARRAY ledger.case_sections() LOOP
    value := btrim(coalesce(content ->> name, ''), E' \t\r\n');
    PERFORM ledger.refuse_identifier(value, 'content.' || name);
    clean := clean || jsonb_build_object(name, value);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['set_up_cost_pence', 'recurrent_cost_pence', 'disinvestment_pence'] LOOP
    IF (content ->> name)::bigint < 0 THEN
      PERFORM ledger.refuse('ZC400', 'NEGATIVE_PENCE', format('%s is negative', name), 'content.' || name,
        'state costs and disinvestment as positive sums');
    END IF;
    clean := clean || jsonb_build_object(name, coalesce((content ->> name)::bigint, 0));
  END LOOP;
  value := clean ->> 'start_date';
  IF value <> '' AND value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_DATE', 'start_date is not a date', 'content.start_date', 'write the day as 2007-07-31');
  END IF;
  PERFORM nullif(value, '')::date;
  RETURN clean::json;
END
$$;

-- What a case must have said before it can be submitted, in the order in which it is read.
CREATE OR REPLACE FUNCTION ledger.case_sections() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY['title', 'need', 'proposal', 'pathway', 'clinical_governance', 'patient_involvement', 'effect_on_others', 'risks',
  'measures', 'start_date'];

-- The case, held until the transaction ends; NOT_FOUND alike for one that is not there and one that the caller may not see.
CREATE OR REPLACE FUNCTION ledger.lock_case(id uuid)
RETURNS ledger.business_case
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_case ledger.business_case;
BEGIN
  SELECT * INTO found_case FROM ledger.business_case c
   WHERE c.commissioner_code = ledger.caller_commissioner() AND c.case_id = id
     FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'CASE_NOT_FOUND', format('no business case %s', id), 'case_id', 'see them with: pbc case list');
  END IF;
  RETURN found_case;
END
$$;

CREATE OR REPLACE FUNCTION ledger.require_case_etag(found_case ledger.business_case, etag text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF etag IS DISTINCT FROM found_case.version::text THEN
    PERFORM ledger.refuse('ZC410', 'ETAG_MISMATCH', format('business case %s has changed since you read it', found_case.reference),
      'etag', 'read it again and use its etag');
  END IF;
END
$$;

-- Keeps the case as it now is among its versions.
CREATE OR REPLACE FUNCTION ledger.keep_case_version(id uuid)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.business_case_version (commissioner_code, case_id, version, practice_code, state, content,
    organisation_code, user_id, recorded_at)
  SELECT c.commissioner_code, c.case_id, c.version, c.practice_code, c.state, c.content, ledger.caller_organisation(),
         ledger.caller_user(), clock_timestamp()
    FROM ledger.business_case c
   WHERE c.commissioner_code = ledger.caller_commissioner() AND c.case_id = id
$$;

-- A case as the API shows it; NULL if the caller may not see it or there is none.
CREATE OR REPLACE FUNCTION ledger.case_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('case_id', c.case_id, 'reference', c.reference, 'practice_code', c.practice_code,
             'practice_name', coalesce(p.name, c.practice_code), 'state', c.state, 'etag', c.version::text, 'content', c.content,
             'created_by', c.created_by, 'create_time', ledger.moment(c.created_at),
             'submitted_by', coalesce(c.submitted_by, ''), 'submit_time', ledger.moment(c.submitted_at),
             'decision_due_date', coalesce(c.decision_due_date::text, ''),
             'decided_by', coalesce(c.decided_by, ''), 'decide_time', ledger.moment(c.decided_at),
             'reasons', coalesce(c.reasons, ''), 'conditions', coalesce(c.conditions, ''), 'remedy', coalesce(c.remedy, ''),
             'interests', (SELECT coalesce(json_agg(json_build_object('user_id', i.user_id,
                             'organisation_code', i.organisation_code, 'nature', i.nature,
                             'declare_time', ledger.moment(i.declared_at))
                             ORDER BY i.declared_at, i.organisation_code, i.user_id), '[]')
                             FROM ledger.interest i
                            WHERE i.commissioner_code = c.commissioner_code AND i.case_id = c.case_id))
      FROM ledger.business_case c
      LEFT JOIN ledger.practice p ON p.commissioner_code = c.commissioner_code AND p.practice_code = c.practice_code
     WHERE c.commissioner_code = ledger.caller_commissioner() AND c.case_id = id);
END
$$;

-- Nobody decides a case of their own or one in which they declared an interest, and no case is decided twice.
CREATE OR REPLACE FUNCTION ledger.require_may_decide(found_case ledger.business_case)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF found_case.state <> 'submitted' THEN
    PERFORM ledger.refuse('ZC412', 'NOT_SUBMITTED', format('business case %s is %s', found_case.reference, found_case.state),
      'case_id', 'only a submitted case can be decided');
  END IF;
  IF (ledger.caller_organisation(), ledger.caller_user()) IN (
       (found_case.created_by_organisation::text, found_case.created_by),
       (found_case.submitted_by_organisation::text, found_case.submitted_by)) THEN
    PERFORM ledger.refuse('ZC412', 'SELF_APPROVAL', format('you made business case %s', found_case.reference), 'case_id',
      'ask another person to decide');
  END IF;
  IF EXISTS (SELECT FROM ledger.interest i
              WHERE i.commissioner_code = found_case.commissioner_code AND i.case_id = found_case.case_id
                AND i.organisation_code = ledger.caller_organisation() AND i.user_id = ledger.caller_user()) THEN
    PERFORM ledger.refuse('ZC412', 'DECLARED_INTEREST', format('you declared an interest in business case %s',
      found_case.reference), 'case_id', 'ask a person without an interest to decide');
  END IF;
END
$$;

-- Every decision says why. Conditions are those of an approval with conditions, and a remedy is what would resolve a rejection: what was
-- sent with another decision is refused, since nobody would know which of the two was meant.
CREATE OR REPLACE FUNCTION ledger.require_grounds(decision text, reasons text, conditions text, remedy text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF decision IS NULL OR decision NOT IN ('approve', 'approve_with_conditions', 'reject') THEN
    PERFORM ledger.refuse('ZC400', 'DECISION_NEEDED', 'there is no decision', 'decision',
      'approve, approve with conditions, or reject');
  END IF;
  PERFORM ledger.refuse_identifier(reasons, 'reasons'), ledger.refuse_identifier(conditions, 'conditions'),
    ledger.refuse_identifier(remedy, 'remedy');
  IF btrim(coalesce(reasons, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASONS_NEEDED', 'a decision has reasons', 'reasons', 'say why; the practice reads it');
  END IF;
  IF decision = 'reject' AND btrim(coalesce(remedy, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REMEDY_NEEDED', 'a rejection says what would resolve it', 'remedy',
      'state what the practice could do');
  END IF;
  IF decision = 'approve_with_conditions' AND btrim(coalesce(conditions, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'CONDITIONS_NEEDED', 'an approval with conditions names them', 'conditions',
      'state the conditions');
  END IF;
  IF decision <> 'approve_with_conditions' AND conditions IS NOT NULL THEN
    PERFORM ledger.refuse('ZC400', 'CONDITIONS_NOT_TAKEN', 'only an approval with conditions has conditions', 'conditions',
      'leave them out, or approve with conditions');
  END IF;
  IF decision <> 'reject' AND remedy IS NOT NULL THEN
    PERFORM ledger.refuse('ZC400', 'REMEDY_NOT_TAKEN', 'only a rejection has something that would resolve it', 'remedy',
      'leave it out, or state it as a condition of the approval');
  END IF;
END
$$;
