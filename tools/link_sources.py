"""
Make the sources importable in the environment that runs this, and give it the two commands.

An editable install would need a build tool that the lock of the product does not carry; a path
file and two five-line scripts do the same.
"""

import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The system allows neither a space nor much length after `#!`, so the shell finds Python: to it the
# second line is a command, to Python a string.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from {module} import {function}

sys.exit({function}())
"""


def link_sources() -> None:
    """Write the path file and one script per `[project.scripts]` entry."""
    Path(sysconfig.get_paths()["purelib"], "counterfoil-sources.pth").write_text(f"{ROOT / 'src'}\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, target in project["scripts"].items():
        module, function = target.split(":")
        script = Path(sysconfig.get_paths()["scripts"], name)
        script.write_text(SCRIPT.format(python=sys.executable, module=module, function=function))
        script.chmod(0o755)


if __name__ == "__main__":
    link_sources()
