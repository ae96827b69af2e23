"""The window with one fast model, for tests that prove nothing about several."""

from __future__ import annotations

from playing import LITE0

from finder.core.library.catalogue.settings import Settings

ONE_MODEL = Settings(models_on=(LITE0,), models_shown=(LITE0,), fold_near_duplicates=False)
