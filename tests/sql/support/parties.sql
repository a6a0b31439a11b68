-- For \ir after acting.sql: two fictional PCTs. 5XZ has practices X00001 and X00002; X00009 is a neighbour's. RXA and RXB are trusts.
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT'), ('5YY', 'Beechford PCT');
INSERT INTO ledger.app_user VALUES
  ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true),
  ('5XZ', '5XZ', 'approver', 'Approver', '{pct_finance,pct_approver}', NULL, NULL, true),
  ('5XZ', '5XZ', 'board', 'Board', '{pct_board}', NULL, NULL, true),
  ('5XZ', '5XZ', 'auditor', 'Auditor', '{auditor}', NULL, NULL, true),
  ('5XZ', '5XZ', 'leaver', 'Gone', '{pct_finance}', NULL, NULL, false),
  ('5XZ', 'X00001', 'gp-a', 'Practice A', '{practice_lead}', 'X00001', NULL, true),
  ('5XZ', 'X00001', 'nurse-a', 'Practice A', '{practice_member}', 'X00001', NULL, true),
  ('5XZ', 'X00002', 'gp-b', 'Practice B', '{practice_lead}', 'X00002', NULL, true),
  ('5XZ', 'RXA', 'trust-a', 'Trust A', '{provider}', NULL, 'RXA', true),
  ('5XZ', 'RXB', 'trust-b', 'Trust B', '{provider}', NULL, 'RXB', true),
  ('5YY', '5YY', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true),
  ('5XZ', 'QHB', 'hub', 'Shared service', '{hub}', NULL, NULL, true),
  ('5YY', 'QHB', 'hub', 'Shared service', '{hub}', NULL, NULL, true);
INSERT INTO ledger.practice VALUES
  ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery'), ('5XZ', 'X00009', 'The Neighbours');
INSERT INTO ledger.practice_membership VALUES
  ('5XZ', 'X00001', '5XZ', '', '2000-04-01', NULL), ('5XZ', 'X00002', '5XZ', '', '2000-04-01', NULL),
  ('5XZ', 'X00009', '5YY', '', '2000-04-01', NULL);
INSERT INTO ledger.provider VALUES
  ('5XZ', 'RXA', 'Trust A', true), ('5XZ', 'RXB', 'Trust B', true), ('5YY', 'RXA', 'Trust A', true);
