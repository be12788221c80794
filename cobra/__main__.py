"""Make ``python -m cobra`` run the command line."""

import sys

from cobra.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
