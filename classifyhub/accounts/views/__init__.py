"""The pages about people, one per module."""
