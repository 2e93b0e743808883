"""The users service in the manner of the article that this project grew from.

As published: a client a process, a scan for the list, a Faker made for each use, DynamoDB's items as they
come. The article has no route for one user or for a create; here they are, written the same way, so that
there is something to compare.
"""

import os

import boto3
from faker import Faker
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
dynamodb = boto3.client(
    "dynamodb", region_name=os.environ["AWS_REGION"], endpoint_url=os.environ["DYNAMO_ENDPOINT"]
)
TABLE = os.environ["TABLE_NAME"]


@app.route("/health")
def health() -> str:
    """Say that the process answers."""
    return "ok"


@app.route("/dynamodr")
def everyone() -> Response:
    """List users: what one scan brings."""
    return jsonify(dynamodb.scan(TableName=TABLE)["Items"])


@app.route("/dynamodr/add-user")
def add() -> Response:
    """Add a made-up user."""
    profile = {name: str(value) for name, value in Faker().profile().items()}
    first, last = profile["name"].split(" ")[:2]
    item = {"username": profile["username"], "last_name": last, "name": first, "mail": profile["mail"]}
    dynamodb.put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})
    return jsonify(item)


@app.route("/dynamodr/users", methods=["POST"])
def create() -> tuple[Response, int]:
    """Add the user that the client sends."""
    item = request.get_json()
    dynamodb.put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})
    return jsonify(item), 201


@app.route("/dynamodr/users/<username>/<last_name>")
def one(username: str, last_name: str) -> Response | tuple[Response, int]:
    """Read a user."""
    key = {"username": {"S": username}, "last_name": {"S": last_name}}
    item = dynamodb.get_item(TableName=TABLE, Key=key).get("Item")
    return jsonify(item) if item else (jsonify(error="not found"), 404)
