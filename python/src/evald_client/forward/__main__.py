"""`python -m evald_client.forward` is `evald-forward`."""

from .receiver import main

main()
