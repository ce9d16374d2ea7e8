"""Blackmagic ATEM switchers: UDP 9910. Not published by the maker.

Facts: nrkno/sofie-atem-connection (an independent client, MIT) and packets of real switchers; see `tests/data/atem`.
"""
