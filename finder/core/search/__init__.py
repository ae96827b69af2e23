"""From a query to ranked matches.

A `query_spec` says what is asked; a `query` has its pictures and their vectors. `searcher` runs a
search over a `LibraryView`: `query_vectors` gives the query's vectors for each model, one for each
orientation, `model_scores` ranks one model's pictures, `combine` those that all models have
(`common_pictures`), and `result_builder` puts the result together. `similarity` has what differs
by kind of model. `closeness_scale` says how close a match is in one unit for all models;
`agreement` and `near_duplicates` look at what was found. Nothing here writes to a library.
"""
