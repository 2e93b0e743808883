"""A users service that survives the loss of an AWS Region, and can prove it."""

__version__ = "0.1.0"
