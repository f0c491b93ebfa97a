"""What only containers need: secrets from files, a health check, first secrets, first databases."""
