"""Flask's hello world: how soon anything at all can answer."""

from flask import Flask

app = Flask(__name__)


@app.route("/health")
def hello() -> str:
    """Say hello."""
    return "Hello, World!"
