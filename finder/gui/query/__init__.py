"""The query: what the user gives, how it is searched for, the query bar with its models menu."""
