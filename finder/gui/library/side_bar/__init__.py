"""The side bar: folders, counts, offline folders and the progress of indexing."""
