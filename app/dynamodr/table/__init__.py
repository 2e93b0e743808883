"""The table job: one on-demand global table with a replica in every Region, made and kept."""
