"""What does a person type? The `yanxiu` command."""
