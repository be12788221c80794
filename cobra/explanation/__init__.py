"""What a call of a kernel does on this machine, how fast it could be, and what limits it."""
