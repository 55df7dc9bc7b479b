"""End-to-end encryption between simulated apps, so that the relay sees sealed bodies only. Needs the extra `e2ee`.

It stands for what real apps do where a study asks what a relay can still enforce and learn; it is not for real use:

- no forward secrecy: a chat's key lasts as long as the study, and whoever learns it opens all that was ever sent;
- members of a group can forge each other, because all hold the group's key;
- a relay that delivers a copy twice to the same chat is believed;
- `Directory` stands in for key distribution: one root makes everybody's keys, and nobody verifies anybody.

Primitives are those of `cryptography`: X25519, HKDF-SHA256, ChaCha20-Poly1305. How they are put together is our own:
simulation only, unreviewed; not for products.
"""
