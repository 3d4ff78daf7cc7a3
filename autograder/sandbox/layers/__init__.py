"""The layers that confine a worker, the order in which it puts them on, and the attempts that prove them."""
