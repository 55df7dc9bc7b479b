"""A/B tests of a policy on simulated people, held against the truth that only a simulator knows."""
