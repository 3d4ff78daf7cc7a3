"""What keeps a worker in: the layers, the order in which it puts them on, and the attempts that show that they hold."""
