"""The security desk's page, on the same application as the API."""

from service.desk.mounting import mount

__all__ = ["mount"]
