"""The Protocols that phases call: small, and named for what they are for."""
