"""Simulated cameras: a body that moves in time, its VISCA end, its faults, and the sockets it listens at.

It meets the client on the wire and nowhere else: nothing here knows the drivers.
"""
