-- Deploy pbc:reference to pg
-- Practices, providers, populations, tariff. Years are financial years by their first calendar year: 2017 is 2017/18.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.practice (
  commissioner_code ref.code NOT NULL,
  practice_code ref.code NOT NULL,
  name        text NOT NULL,
  PRIMARY KEY (commissioner_code, practice_code)
);

-- Which PCT a practice was in on a day, as this PCT knows it: its own practices and its neighbours'.
CREATE TABLE ledger.practice_membership (
  commissioner_code ref.code NOT NULL,
  practice_code ref.code NOT NULL,
  member_of   ref.code NOT NULL,
  group_code  text COLLATE "C" NOT NULL DEFAULT '',
  valid_from  date NOT NULL,
  valid_to    date,
  PRIMARY KEY (commissioner_code, practice_code, valid_from),
  CHECK (valid_to >= valid_from)
);

CREATE TABLE ledger.provider (
  commissioner_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  name        text NOT NULL,
  local       boolean NOT NULL,
  PRIMARY KEY (commissioner_code, provider_code)
);

CREATE TABLE ledger.provider_mff (
  commissioner_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  year        integer NOT NULL CHECK (year BETWEEN 1990 AND 2199),
  mff_ppm     integer NOT NULL CHECK (mff_ppm BETWEEN 1 AND 5000000),
  PRIMARY KEY (commissioner_code, provider_code, year)
);

CREATE TABLE ledger.population (
  commissioner_code ref.code NOT NULL,
  practice_code ref.code NOT NULL,
  year        integer NOT NULL CHECK (year BETWEEN 1990 AND 2199),
  sex         text COLLATE "C" NOT NULL,
  age_band    text COLLATE "C" NOT NULL,
  patients    integer NOT NULL CHECK (patients >= 0),
  PRIMARY KEY (commissioner_code, practice_code, year, sex, age_band)
);

CREATE TABLE ledger.weighted_population (
  commissioner_code ref.code NOT NULL,
  practice_code ref.code NOT NULL,
  year        integer NOT NULL CHECK (year BETWEEN 1990 AND 2199),
  -- Thousandths of a weighted patient.
  weighted_patients_milli bigint NOT NULL CHECK (weighted_patients_milli >= 0),
  PRIMARY KEY (commissioner_code, practice_code, year)
);

-- A tariff file as published: shared, immutable, known by its bytes.
CREATE TABLE ref.tariff (
  tariff_id   uuid NOT NULL PRIMARY KEY,
  year        integer NOT NULL CHECK (year BETWEEN 1990 AND 2199),
  sha256      ref.sha256 NOT NULL,
  file_name   text NOT NULL,
  imported_at timestamptz NOT NULL,
  UNIQUE (year, sha256)
);

CREATE TABLE ref.tariff_row (
  tariff_id   uuid NOT NULL REFERENCES ref.tariff,
  line        integer NOT NULL,         -- of the file
  currency    text COLLATE "C" NOT NULL,
  currency_type text COLLATE "C" NOT NULL CHECK (currency_type IN ('HRG', 'TFC', 'AE')),
  name        text NOT NULL,
  chapter     text NOT NULL,
  pod         text COLLATE "C" NOT NULL CHECK (pod IN ('DC', 'EL', 'NEL', 'NELNE', 'OPFA', 'OPFUP', 'OPPROC', 'AE')),
  age_band    text COLLATE "C" NOT NULL CHECK (age_band IN ('ALL', 'ADULT', 'CHILD')),
  price_pence bigint CHECK (price_pence >= 0),      -- NULL is "no price", never free
  trim_days   integer CHECK (trim_days >= 0),
  per_diem_pence bigint CHECK (per_diem_pence >= 0),
  short_stay_applies boolean NOT NULL DEFAULT false,
  short_stay_price_pence bigint CHECK (short_stay_price_pence >= 0),
  valid_from  date NOT NULL,
  valid_to    date NOT NULL,
  PRIMARY KEY (tariff_id, line),
  UNIQUE (tariff_id, currency_type, currency, pod, age_band, valid_from),
  CHECK (valid_to >= valid_from)
);

-- Which tariff file a PCT prices a year with; the newest row counts.
CREATE TABLE ledger.tariff_in_force (
  commissioner_code ref.code NOT NULL,
  year        integer NOT NULL,
  version     integer NOT NULL,
  tariff_id   uuid NOT NULL REFERENCES ref.tariff,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, year, version)
);

RESET ROLE;

COMMIT;
