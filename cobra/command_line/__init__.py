"""What ``python -m cobra`` does: one module per command, each with a line for the list of commands and a function to run."""
