"""The commands of ``mingzhang`` that have a module of their own: ``add`` declares the options, ``run`` does the work.

Wiring only: they call the functions of the house and print. ``pipelines.cli`` is the entry, with the errors that end
any command.
"""
