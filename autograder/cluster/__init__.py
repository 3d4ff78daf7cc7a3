"""Hand-ins graded by the workers of a Dask cluster; Dask is imported when a cluster is asked for."""
