"""The command line: what each command is called and takes is in ``main.py``, what it does in one file a command group."""
