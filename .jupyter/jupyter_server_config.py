"""JupyterLab saves what a widget shows without a kernel, since the widget's model ends with its session."""

WIDGET = "application/vnd.jupyter.widget-view+json"
STATES = "application/vnd.jupyter.widget-state+json"
GONE = "<p><i>Run this cell to have its controls back.</i></p>"


def without_models(model, **_):
    """Take widgets out of the outputs, unless the notebook holds their models too; what has nothing else says so."""
    content = model.get("content")
    if model["type"] != "notebook" or not isinstance(content, dict):
        return
    kept = content.get("metadata", {}).get("widgets", {}).get(STATES, {}).get("state", {})
    for cell in content.get("cells", ()):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if data.get(WIDGET, {}).get("model_id", "") in kept or not data.pop(WIDGET, None):
                continue
            if set(data) <= {"text/plain"}:
                data["text/html"] = GONE


c.ContentsManager.pre_save_hook = without_models  # noqa: F821 - Jupyter gives it
