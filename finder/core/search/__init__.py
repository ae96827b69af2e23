"""From a query picture to ranked matches: `query`, `find` (one model), `combine` (several)."""
