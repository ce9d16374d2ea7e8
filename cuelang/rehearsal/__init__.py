"""The whole show in virtual time, on simulated cameras."""
