"""Drivers: a camera's commands carried out on its line."""
