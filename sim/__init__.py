"""Agent-based simulation of how rural households leave registered poverty, and of how they fall back."""

__version__ = "0.1.0"
