"""``watch``: files that are dropped into a folder are submitted once they are completely written."""

from ops.watch.moving import NotMovedError, move_into
from ops.watch.names import WatchRefusedError, is_temporary, watched_folder
from ops.watch.news import FolderNews
from ops.watch.places import Places
from ops.watch.ports import Event, Happening, News, Ports, Tally
from ops.watch.settling import Facts, Settling
from ops.watch.watcher import Watcher

__all__ = [
    "Event",
    "Facts",
    "FolderNews",
    "Happening",
    "News",
    "NotMovedError",
    "Places",
    "Ports",
    "Settling",
    "Tally",
    "WatchRefusedError",
    "Watcher",
    "is_temporary",
    "move_into",
    "watched_folder",
]
