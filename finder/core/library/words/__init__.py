"""Words: pictures found by what stands in their names, folders, labels, captions, and in the
pictures themselves. The index of the words is a part of the catalogue (`tables.word_table`).
"""
