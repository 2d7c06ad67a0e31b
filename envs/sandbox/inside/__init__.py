"""What runs inside the sandbox; standard library only, loaded there without the package around it.

It starts once a program, so it imports little: not `typing`, `collections`, `contextlib` or `re`, which take as long as
all the rest.
"""
