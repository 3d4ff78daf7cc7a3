"""A small homework of another kind: gradients without ``nn.Module``, and a block of self-attention."""
