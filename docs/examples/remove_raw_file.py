"""Remove a kept file by its digest: python remove_raw_file.py SHA256 REASON"""
# ruff: noqa: D400, INP001 - a page to run, not a module of the package

import sys

from service.raw_files import RawStore
from service.settings import load_settings

digest, reason = sys.argv[1:]
RawStore(load_settings().home / "raw").remove(digest, reason)
sys.stdout.write(f"{digest} is removed; explanations will say when and why\n")
