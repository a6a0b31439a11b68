-- Deploy pbc:tariff_impact to pg
-- What stored activity would cost on another tariff. A preview: nothing of the ledger rests on it.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.tariff_impact (
  commissioner_code ref.code NOT NULL,
  impact_id   uuid NOT NULL,
  tariff_id   uuid NOT NULL REFERENCES ref.tariff,
  first_month ref.month_start NOT NULL,
  last_month  ref.month_start NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, impact_id),
  CHECK (last_month >= first_month)
);

-- Of the records that were this PCT's and counted when it was made.
CREATE TABLE ledger.tariff_impact_line (
  commissioner_code ref.code NOT NULL,
  impact_id   uuid NOT NULL,
  provider_code ref.code NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  practice_code ref.code NOT NULL,
  records     bigint NOT NULL,
  now_pence   bigint NOT NULL,
  then_pence  bigint NOT NULL,
  gained      bigint NOT NULL,          -- records that have no price now and would have one
  lost        bigint NOT NULL,          -- and the other way round
  PRIMARY KEY (commissioner_code, impact_id, provider_code, pod, practice_code),
  FOREIGN KEY (commissioner_code, impact_id) REFERENCES ledger.tariff_impact,
  CHECK (records > 0 AND gained >= 0 AND lost >= 0 AND gained + lost <= records)
);

RESET ROLE;

DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['tariff_impact', 'tariff_impact_line'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE ledger.%I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format($policy$CREATE POLICY tenant ON ledger.%I
      USING (commissioner_code = current_setting('pbc.commissioner', true))
      WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true))$policy$, table_name);
  END LOOP;
END
$$;
CREATE POLICY own_practice ON ledger.tariff_impact_line AS RESTRICTIVE
  USING ((SELECT coalesce(current_setting('pbc.practice', true), '')) IN ('', practice_code));
CREATE POLICY own_provider ON ledger.tariff_impact_line AS RESTRICTIVE
  USING ((SELECT coalesce(current_setting('pbc.provider', true), '')) IN ('', provider_code));
GRANT INSERT ON ledger.tariff_impact, ledger.tariff_impact_line TO pbc_job;

COMMIT;
