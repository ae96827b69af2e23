"""How well pictures are found: labelled sets, copies, and each step of the search on them."""
