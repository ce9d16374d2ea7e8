"""The doors of a show: whatever comes in becomes a Request with its source and the time it was received."""
