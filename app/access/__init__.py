"""Who may do what where: the only place that answers it."""
