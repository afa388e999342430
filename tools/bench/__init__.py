"""The matching engine beside other ways to plan the same day: one machine, one run, one judge.

Never part of the product: nothing in app/ or matching/ imports it.
"""
