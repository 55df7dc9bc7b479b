"""What came of one content in one run, and what is measured on it."""
