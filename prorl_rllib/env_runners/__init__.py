"""Env runners: text environments driven by an engine."""
