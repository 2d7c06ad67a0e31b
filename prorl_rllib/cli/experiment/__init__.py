"""What is to be trained: read from a file, the web or the command line, and checked before anything starts."""
