"""The gateway: ticketing systems ask for a cluster here, and a flow of Prefect does the work.

A request is verified, stored, judged and answered; a worker does everything else from what was
stored, so that a kill between any two lines loses nothing and starts nothing twice. Start reading
at `reception.py`, then `worker.py`.
"""
