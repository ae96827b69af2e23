"""Grids of pictures: the library, the results, and the columns that compare models.

One view (`picture_view`) with exchangeable layouts (`layouts`) and cards (`card`).
"""
