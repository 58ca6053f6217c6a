"""Reading never fails in a way that was not declared, and never takes long, whatever a file holds.

``mutate`` makes bad files from good ones, ``run`` reads them and judges; ``python -m tests.fuzz`` (``make fuzz``)
does so for as many as one likes, ``test_fuzz`` for some seconds in ``make test``.
"""
