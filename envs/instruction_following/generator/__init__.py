"""Generated tasks: a request, instructions that do not contradict each other, and a response that follows them all."""
