"""`python -m dynamodr` is the console script."""

from dynamodr.cli import main

main(prog_name="dynamodr")
