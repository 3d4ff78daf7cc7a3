"""The written answers on a page: like ones together, graded by people, in the journal at once."""
