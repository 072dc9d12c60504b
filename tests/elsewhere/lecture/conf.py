project = "Population models, a lecture"
extensions = ["myst_nb", "explorables"]
html_theme = "alabaster"
nb_execution_mode = "off"
