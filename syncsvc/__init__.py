"""syncsvc keeps C2 ITSM's CMDB and Hector's asset inventory in step."""

__version__ = "0.1.0"
