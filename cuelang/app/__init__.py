"""Everything joined into a running show."""

from cuelang.app.loading import Options
from cuelang.app.starting import run_show

__all__ = ["Options", "run_show"]
