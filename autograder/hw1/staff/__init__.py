"""What staff try this homework with: made-up hand-ins for a demonstration, and uploads for a container."""
