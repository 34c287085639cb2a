-- Critical and high, which are next to one another in an index.
-- Parameters: none.
  AND l.risk_level >= 'critical' AND l.risk_level <= 'high' AND l.risk_level IN ('critical', 'high')
