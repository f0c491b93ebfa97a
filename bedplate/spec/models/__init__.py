"""The kinds a specification is made of, one file each; all frozen pydantic models."""
