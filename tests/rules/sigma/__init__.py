"""A slow, plain matcher for Sigma rules, to hold the engine to: written from the specification and audit-rules(5)
alone. It has no index, no compiled form and no shortcuts, and shares nothing with lib/rules."""
