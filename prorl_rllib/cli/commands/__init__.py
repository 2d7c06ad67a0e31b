"""What is typed: the commands, their options, and what the shell completes."""
