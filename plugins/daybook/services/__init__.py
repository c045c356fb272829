"""Embedded servers for a machine with nothing on it.

One module per server, each with the same functions `up`, `down`,
`delete` and `status`; what they share is in `service.py`, `account.py`
and, for programs that are downloaded, `artifacts.py`. A server keeps
everything in `<project>/.services/<name>/`, has generated passwords,
listens on loopback only and outlives the command.
"""
