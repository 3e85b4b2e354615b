"""`python -m lexloom`: the command line."""

from __future__ import annotations

from lexloom.cli import main

if __name__ == "__main__":
    main()
