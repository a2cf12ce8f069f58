"""Makes this folder importable, so that tests share `builders`; no test sees the tables of who runs it."""

import os

os.environ["COMMUNIQUE_ACTORS"] = ""
