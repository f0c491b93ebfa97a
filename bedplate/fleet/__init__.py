"""Campaigns: one upgrade for many clusters, in stages, inside windows, within budgets.

Pure: what is to be done next is computed from a frozen plan, the recorded states and a time
(`decide.py`). Read `campaign.py` (what users write), `plan.py` (what is frozen), then `decide.py`.
"""
