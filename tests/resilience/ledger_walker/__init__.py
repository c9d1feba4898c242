"""Several clients that do random acts to the same engagements: `python -m tests.resilience.ledger_walker SEED STEPS
CLIENTS [GUARDS [ONLY]]`. Each is a process of its own; what they do is in `work`, `paper` and `money`, and `table` says
which service each of them carries out. The oracle (tests.resilience.oracle) looks at what they leave behind."""
