"""``python -m app`` is ``doctrail``."""

from app.entry import main

main()
