"""Alerts told elsewhere: to webhooks and by e-mail (docs/api.md). `plan.load` reads to whom, `telling.tell` tells them."""
