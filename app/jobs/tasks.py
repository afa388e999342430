"""What is done in the background: each task is an edge, so it opens its own transactions.

Cron is UTC: 19:00 is 03:00 in Shanghai.
"""
