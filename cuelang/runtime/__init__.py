"""The asyncio side of a running show: the executor, the as-run log and what screens are shown."""
