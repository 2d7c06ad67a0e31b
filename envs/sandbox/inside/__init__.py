"""What runs inside the sandbox; standard library only, loaded there without the package around it."""
