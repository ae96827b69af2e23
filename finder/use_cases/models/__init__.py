"""Use cases about models: list, install, import, measure, optimise, index again."""
