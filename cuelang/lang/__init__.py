"""The language: text in, plan out. Pure: it opens no file and reads no clock."""
