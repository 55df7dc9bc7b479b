"""What reports bring to light under each traceability mode, held against what only a simulator knows: who began it."""
