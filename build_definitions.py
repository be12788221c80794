"""Build hook: a wheel brings the math library's definitions translated, which no user's machine then has to do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "cobra.compiler.transforms.shipped_definitions"


class Definitions(BuildHookInterface):
    """Adds the file that `cobra.compiler.transforms.shipped_definitions` reads."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the file, unless the wheel only points to a checkout, whose sources change."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        made = Path(self.folder.name, "definitions.txt")
        # what the build requires may be found through nothing but this process's own path
        path = os.pathsep.join([self.root, *filter(None, sys.path)])
        environment = os.environ | {"COBRA_CACHE": "0", "PYTHONPATH": path}
        run = subprocess.run([sys.executable, "-m", MODULE, str(made)], cwd=self.root, env=environment, check=False)
        if run.returncode == 0:
            build_data["force_include"][str(made)] = "cobra/compiler/transforms/definitions.txt"
        else:
            self.app.display_warning("The math library's definitions will be translated where they are used first.")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the file again: the wheel holds a copy."""
        if version != "editable":
            self.folder.cleanup()
