"""``python -m app`` is ``doctrail``."""

from app.cli import main

main()
