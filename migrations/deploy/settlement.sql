-- Deploy pbc:settlement to pg
-- Invoices, settlement, double entry, statements.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.invoice (
  commissioner_code ref.code NOT NULL,
  invoice_id  uuid NOT NULL,
  provider_code ref.code NOT NULL,
  invoice_number text COLLATE "C" NOT NULL,
  period      ref.month_start NOT NULL,
  kind        text COLLATE "C" NOT NULL CHECK (kind IN ('on_account', 'reconciliation', 'credit_note')),
  total_pence bigint NOT NULL,
  line_count  bigint NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('received', 'settled')),
  upload_id   uuid NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, invoice_id),
  UNIQUE (commissioner_code, provider_code, invoice_number)
);
CREATE INDEX invoice_newest ON ledger.invoice (commissioner_code, recorded_at, invoice_id);

CREATE TABLE ledger.invoice_line (
  commissioner_code ref.code NOT NULL,
  invoice_id  uuid NOT NULL,
  line_number bigint NOT NULL,
  record_id   text COLLATE "C" NOT NULL,
  practice_code text COLLATE "C" NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  currency    text COLLATE "C" NOT NULL,
  activity    bigint NOT NULL,
  price_pence bigint NOT NULL,           -- of the line, not of one unit
  PRIMARY KEY (commissioner_code, invoice_id, line_number)
);

CREATE TABLE ledger.settlement (
  commissioner_code ref.code NOT NULL,
  settlement_id uuid NOT NULL,
  invoice_id  uuid NOT NULL,
  provider_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  submission_id uuid,                    -- the snapshot it was matched with; NULL: on account, or a credit before any activity
  state       text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'approved')),
  invoice_pence bigint NOT NULL,
  ledger_pence bigint NOT NULL,
  undisputed_pence bigint NOT NULL,
  disputed_pence bigint NOT NULL,
  matched_lines bigint NOT NULL,
  difference_lines bigint NOT NULL,
  proposed_by_organisation ref.code NOT NULL,
  proposed_by text COLLATE "C" NOT NULL,
  proposed_at timestamptz NOT NULL,
  approved_by_organisation ref.code,
  approved_by text COLLATE "C",
  approved_at timestamptz,
  PRIMARY KEY (commissioner_code, settlement_id),
  -- An invoice is settled once.
  UNIQUE (commissioner_code, invoice_id),
  CHECK (invoice_pence = undisputed_pence + disputed_pence),
  CHECK ((state = 'approved') = (approved_at IS NOT NULL)),
  CONSTRAINT settlement_maker_is_not_checker CHECK ((approved_by_organisation, approved_by) IS DISTINCT FROM
    (proposed_by_organisation, proposed_by))
);
CREATE INDEX settlement_newest ON ledger.settlement (commissioner_code, proposed_at, settlement_id);

-- Every invoice line and every ledger row without one. reason is NULL where they agree.
CREATE TABLE ledger.settlement_line (
  commissioner_code ref.code NOT NULL,
  settlement_id uuid NOT NULL,
  ordinal     bigint NOT NULL,
  line_number bigint,                    -- of the invoice; NULL: in the ledger, not invoiced
  record_id   text COLLATE "C" NOT NULL,
  practice_code text COLLATE "C" NOT NULL,   -- of the ledger row, else as invoiced
  account_code text COLLATE "C" NOT NULL,    -- who bears it: PRACTICE:K12345 for a practice of this PCT, else UNASSIGNED
  pod         text COLLATE "C" NOT NULL,
  activity    bigint NOT NULL,
  reason      text COLLATE "C" CHECK (reason IN ('missing_in_ledger', 'missing_in_invoice', 'duplicate', 'price_differs',
                'wrong_commissioner', 'not_priced')),
  invoice_pence bigint NOT NULL,
  ledger_pence bigint NOT NULL,
  undisputed_pence bigint NOT NULL,
  disputed_pence bigint NOT NULL,
  explanation text NOT NULL,
  PRIMARY KEY (commissioner_code, settlement_id, ordinal),
  CHECK (invoice_pence = undisputed_pence + disputed_pence)
);
CREATE INDEX settlement_difference ON ledger.settlement_line (commissioner_code, settlement_id, ordinal) WHERE reason IS NOT NULL;

CREATE TABLE ledger.account (
  commissioner_code ref.code NOT NULL,
  account_code text COLLATE "C" NOT NULL,    -- PRACTICE:K12345, PROVIDER:RXA, UNASSIGNED
  name        text NOT NULL,
  PRIMARY KEY (commissioner_code, account_code)
);

-- One debit and one credit: it balances by construction. A pending transfer holds; posting or voiding it is another row that names it.
CREATE TABLE ledger.transfer (
  commissioner_code ref.code NOT NULL,
  transfer_id uuid NOT NULL,
  debit_account text COLLATE "C" NOT NULL,
  credit_account text COLLATE "C" NOT NULL,
  amount_pence bigint NOT NULL CHECK (amount_pence > 0),
  kind        text COLLATE "C" NOT NULL CHECK (kind IN ('posted', 'pending', 'post_pending', 'void_pending', 'reversal')),
  pending_transfer_id uuid,
  reverses_transfer_id uuid,
  effective_date date NOT NULL,
  recorded_at timestamptz NOT NULL,
  settlement_id uuid,
  practice_code text COLLATE "C" NOT NULL,   -- '' where none is concerned
  provider_code text COLLATE "C" NOT NULL,
  narrative   text NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  PRIMARY KEY (commissioner_code, transfer_id),
  CHECK (debit_account <> credit_account),
  CHECK ((kind IN ('post_pending', 'void_pending')) = (pending_transfer_id IS NOT NULL)),
  CHECK ((kind = 'reversal') = (reverses_transfer_id IS NOT NULL))
);
CREATE UNIQUE INDEX transfer_reversed_once ON ledger.transfer (commissioner_code, reverses_transfer_id)
  WHERE reverses_transfer_id IS NOT NULL;
CREATE INDEX transfer_by_settlement ON ledger.transfer (commissioner_code, settlement_id);

CREATE TABLE ledger.statement (
  commissioner_code ref.code NOT NULL,
  statement_id uuid NOT NULL,
  sequence    bigint NOT NULL,           -- per commissioner, from the counter: what a watch goes on from
  reference   text COLLATE "C" NOT NULL,
  settlement_id uuid NOT NULL,
  organisation_code ref.code NOT NULL,   -- the practice or provider it is for
  provider_code ref.code NOT NULL,
  invoice_number text COLLATE "C" NOT NULL,
  period      ref.month_start NOT NULL,
  issued_at   timestamptz NOT NULL,
  invoiced_pence bigint NOT NULL,
  undisputed_pence bigint NOT NULL,
  disputed_pence bigint NOT NULL,
  PRIMARY KEY (commissioner_code, statement_id),
  UNIQUE (commissioner_code, sequence),
  UNIQUE (commissioner_code, settlement_id, organisation_code),
  CHECK (invoiced_pence = undisputed_pence + disputed_pence)
);
CREATE INDEX statement_by_organisation ON ledger.statement (commissioner_code, organisation_code, sequence);

CREATE TABLE ledger.statement_line (
  commissioner_code ref.code NOT NULL,
  statement_id uuid NOT NULL,
  line        integer NOT NULL,
  practice_code text COLLATE "C" NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  activity    bigint NOT NULL,
  invoiced_pence bigint NOT NULL,
  undisputed_pence bigint NOT NULL,
  disputed_pence bigint NOT NULL,
  PRIMARY KEY (commissioner_code, statement_id, line)
);

RESET ROLE;

COMMIT;
