"""What stores the items of each Region, behind one protocol."""
