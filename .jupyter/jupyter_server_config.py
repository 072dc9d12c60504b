"""JupyterLab and Notebook save what a widget shows without a kernel: see the extension. Its wheel installs it by itself."""

from pathlib import Path

EXTENSIONS = Path(__file__).resolve().parents[1] / "src/explorables/notebooks/labextensions"

c.LabServerApp.extra_labextensions_path = [str(EXTENSIONS)]  # noqa: F821 - Jupyter gives it
