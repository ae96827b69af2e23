"""Models that can be downloaded (`offers`), and how one becomes an installed model
(`installation`).
"""
