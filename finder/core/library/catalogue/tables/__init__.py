"""One module for each table, or group of tables, of the catalogue."""
