-- The sample PCT and its people: one of each party. Run as a superuser; safe to run again. Names are made up.
-- user_id is the common name, organisation_code the organisation of the person's certificate.
INSERT INTO ledger.commissioner (commissioner_code, name)
VALUES ('5XZ', 'Aldermoor PCT (synthetic)')
ON CONFLICT DO NOTHING;

INSERT INTO ledger.app_user (commissioner_code, organisation_code, user_id, display_name, roles, practice_code, provider_code)
VALUES
  ('5XZ', '5XZ', 'finance', 'Farah Okafor, PCT finance', '{pct_finance}', NULL, NULL),
  ('5XZ', '5XZ', 'approver', 'Alun Pryce, PCT finance approver', '{pct_approver}', NULL, NULL),
  ('5XZ', '5XZ', 'board', 'Beatrix Lund, PCT board', '{pct_board}', NULL, NULL),
  ('5XZ', 'QHB', 'hub', 'Hamid Reyes, procurement hub', '{hub}', NULL, NULL),
  ('5XZ', 'Z97001', 'practice-a', 'Dr Ada Whitlow, Alder Lane', '{practice_lead,practice_member}', 'Z97001', NULL),
  ('5XZ', 'Z97002', 'practice-b', 'Dr Ben Castell, Beacon Hill', '{practice_lead,practice_member}', 'Z97002', NULL),
  ('5XZ', 'RZA', 'provider', 'Petra Ingham, Aldermoor Hospitals', '{provider}', NULL, 'RZA'),
  ('5XZ', 'QAU', 'auditor', 'Isaac Verne, auditor', '{auditor}', NULL, NULL),
  ('5XZ', '5XZ', 'operator', 'Orla Finch, operator', '{operator}', NULL, NULL)
ON CONFLICT DO NOTHING;
