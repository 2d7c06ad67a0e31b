"""RLModules that hold a language model, and how their weights are loaded, copied and exported."""
