"""Everything joined into a running show."""

from cuelang.app.loading import RunOptions
from cuelang.app.starting import run_show

__all__ = ["RunOptions", "run_show"]
