"""The failover command: look, choose one step, do it, look again, until the target serves and nobody else
does.

`view` is what can be seen, `checks` what is demanded of it, `plan` which step comes next, `run` the loop.
`replica`, `accelerator` and `together` are what touches AWS; `command` is the command line.
"""
