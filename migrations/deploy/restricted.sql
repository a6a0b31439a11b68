-- Deploy pbc:restricted to pg
-- Categories of care whose records the law forbids to pass on with the patient's identity: such a record loses its identifiers when it
-- is read. And how long the files as sent, which still hold them, are kept.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- A record is of the category when the field's first characters, as many as the codes have, lie between the two codes.
CREATE TABLE ref.restricted_code (
  category    text COLLATE "C" NOT NULL CHECK (category ~ '^[a-z_]{1,31}$'),
  field       text COLLATE "C" NOT NULL CHECK (field IN ('main_specialty_code', 'treatment_function_code', 'hrg',
                'primary_diagnosis', 'primary_procedure')),
  first_code  text COLLATE "C" NOT NULL CHECK (first_code ~ '^[A-Z0-9]{1,6}$'),
  last_code   text COLLATE "C" NOT NULL,
  valid_from  date NOT NULL,
  valid_to    date,
  source      text NOT NULL,
  evidence    text NOT NULL CHECK (evidence IN ('seen', 'likely', 'uncertain', 'local')),
  PRIMARY KEY (field, first_code, category, valid_from),
  CHECK (length(last_code) = length(first_code) AND last_code >= first_code),
  CHECK (valid_to >= valid_from)
);

-- What a PCT adds by its own decision.
CREATE TABLE ledger.restricted_code (
  commissioner_code ref.code NOT NULL,
  category    text COLLATE "C" NOT NULL CHECK (category ~ '^[a-z_]{1,31}$'),
  field       text COLLATE "C" NOT NULL CHECK (field IN ('main_specialty_code', 'treatment_function_code', 'hrg',
                'primary_diagnosis', 'primary_procedure')),
  first_code  text COLLATE "C" NOT NULL CHECK (first_code ~ '^[A-Z0-9]{1,6}$'),
  last_code   text COLLATE "C" NOT NULL,
  valid_from  date NOT NULL,
  valid_to    date,
  source      text NOT NULL,
  PRIMARY KEY (commissioner_code, field, first_code, category, valid_from),
  CHECK (length(last_code) = length(first_code) AND last_code >= first_code),
  CHECK (valid_to >= valid_from)
);

INSERT INTO ref.restricted_code (category, field, first_code, last_code, valid_from, valid_to, source, evidence) VALUES
  ('sexual_health', 'treatment_function_code', '360', '360', '2000-04-01', NULL, 'Sexually Transmitted Diseases Directions 2000: genitourinary medicine', 'likely'),
  ('sexual_health', 'main_specialty_code', '360', '360', '2000-04-01', NULL, 'Sexually Transmitted Diseases Directions 2000: genitourinary medicine', 'likely'),
  ('sexual_health', 'primary_diagnosis', 'A50', 'A64', '2000-04-01', NULL, 'Sexually Transmitted Diseases Directions 2000; ICD-10 A50-A64', 'likely'),
  ('hiv', 'primary_diagnosis', 'B20', 'B24', '2000-04-01', NULL, 'Sexually Transmitted Diseases Directions 2000; ICD-10 B20-B24', 'likely'),
  ('hiv', 'primary_diagnosis', 'Z21', 'Z21', '2000-04-01', NULL, 'Sexually Transmitted Diseases Directions 2000; ICD-10 Z21', 'likely'),
  ('fertility_treatment', 'primary_diagnosis', 'N97', 'N97', '1991-08-01', NULL, 'Human Fertilisation and Embryology Act 1990, section 33; ICD-10 N97', 'likely'),
  ('fertility_treatment', 'primary_diagnosis', 'Z31', 'Z31', '1991-08-01', NULL, 'Human Fertilisation and Embryology Act 1990, section 33; ICD-10 Z31', 'likely'),
  ('fertility_treatment', 'primary_procedure', 'Q13', 'Q13', '1991-08-01', NULL, 'Human Fertilisation and Embryology Act 1990, section 33; OPCS-4 Q13', 'likely'),
  ('fertility_treatment', 'primary_procedure', 'Q21', 'Q21', '1991-08-01', NULL, 'Human Fertilisation and Embryology Act 1990, section 33; OPCS-4 Q21', 'uncertain'),
  ('fertility_treatment', 'primary_procedure', 'Q38', 'Q38', '1991-08-01', NULL, 'Human Fertilisation and Embryology Act 1990, section 33; OPCS-4 Q38', 'likely'),
  ('gender_reassignment', 'primary_diagnosis', 'F64', 'F64', '2005-04-04', NULL, 'Gender Recognition Act 2004, section 22; ICD-10 F64', 'likely'),
  ('gender_reassignment', 'primary_procedure', 'X15', 'X15', '2005-04-04', NULL, 'Gender Recognition Act 2004, section 22; OPCS-4 X15', 'uncertain');

INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  ('UPLOAD_RETENTION_DAYS', '2003-04-01', NULL, 30, 'days', 'no longer than needed: the PCT decides how long', 'local');

-- When the bytes of an upload went; its name, size and SHA-256 stay.
ALTER TABLE job.upload ADD COLUMN removed_at timestamptz;

RESET ROLE;

ALTER TABLE ledger.restricted_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.restricted_code FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.restricted_code
  USING (commissioner_code = current_setting('pbc.commissioner', true))
  WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true));
GRANT SELECT ON ref.restricted_code, ledger.restricted_code TO pbc_job;

COMMIT;
