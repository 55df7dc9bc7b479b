"""The wire: frames on a byte stream, and what their headers say."""
