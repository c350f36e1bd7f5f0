"""Runs the command line: python -m counterfoil."""

import sys

from counterfoil.cli.app import main

sys.exit(main())
