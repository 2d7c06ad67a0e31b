"""The environments in other people's libraries: one module a library, which imports that library on first use.

`scoring` and `task_rows` are what the adapters share; neither needs more than the base install.
"""
