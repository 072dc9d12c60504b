"""JupyterLab saves an explorer as what it shows without a kernel: the widget's model ends with its session."""

WIDGET = "application/vnd.jupyter.widget-view+json"


def without_models(model, **_):
    """Take widgets out of the outputs that say the same in HTML."""
    content = model.get("content")
    if model["type"] != "notebook" or not isinstance(content, dict):
        return
    for cell in content.get("cells", ()):
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output["data"].pop(WIDGET, None)


c.ContentsManager.pre_save_hook = without_models  # noqa: F821 - Jupyter gives it
