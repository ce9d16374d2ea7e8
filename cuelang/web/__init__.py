"""The operator's page and the HTTP API: another door of the show, and a window on it."""
