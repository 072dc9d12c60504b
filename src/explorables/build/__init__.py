"""What `make` runs: the environment, the site, the printed book. Standard library only, so that it runs before anything is installed."""
