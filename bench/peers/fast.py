"""The same users with FastAPI and aioboto3: one client a process, pages, a stream; no logs, no metrics.

aioboto3's low-level client, with the settings that save CPU: its resources would cost more.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
from botocore.config import Config
from faker import Faker
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

TABLE = os.environ["TABLE_NAME"]
CONFIG = Config(max_pool_connections=50, parameter_validation=False, user_agent="fast")
fake = Faker()


class User(BaseModel):
    """A user, as the client sends one and gets one."""

    username: str
    last_name: str
    name: str
    mail: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep a client as long as the process lives."""
    session = aioboto3.Session(region_name=os.environ["AWS_REGION"])
    async with session.client(
        "dynamodb", endpoint_url=os.environ["DYNAMO_ENDPOINT"], config=CONFIG
    ) as client:
        app.state.dynamodb = client
        yield


app = FastAPI(lifespan=lifespan)


def user_of(item: dict[str, Any]) -> User:
    """Read DynamoDB's item."""
    return User(
        **{name: item.get(name, {}).get("S", "") for name in ("username", "last_name", "name", "mail")}
    )


async def put(request: Request, user: User) -> None:
    """Store a user who is not there yet."""
    await request.app.state.dynamodb.put_item(
        TableName=TABLE,
        Item={name: {"S": value} for name, value in user.model_dump().items()},
        ConditionExpression="attribute_not_exists(username)",
    )


@app.get("/health")
async def health() -> str:
    """Say that the process answers."""
    return "ok"


@app.get("/dynamodr", response_model=None)
async def users(request: Request, limit: int = 100) -> list[User] | Response:
    """List users: a page, or all of them as a stream."""
    dynamodb = request.app.state.dynamodb
    if "ndjson" not in request.headers.get("accept", ""):
        answer = await dynamodb.scan(TableName=TABLE, Limit=limit)
        return [user_of(item) for item in answer["Items"]]

    async def lines() -> AsyncIterator[bytes]:
        async for page in dynamodb.get_paginator("scan").paginate(TableName=TABLE):
            yield "".join(user_of(item).model_dump_json() + "\n" for item in page["Items"]).encode()

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@app.get("/dynamodr/add-user")
async def add(request: Request) -> User:
    """Add a made-up user."""
    first, last = fake.first_name(), fake.last_name()
    username = f"{first[:1]}{last}{fake.random_number(9)}".lower()
    user = User(username=username, last_name=last, name=f"{first} {last}", mail=f"{username}@example.org")
    await put(request, user)
    return user


@app.post("/dynamodr/users", status_code=201)
async def create(request: Request, user: User) -> User:
    """Add the user that the client sends."""
    await put(request, user)
    return user


@app.get("/dynamodr/users/{username}/{last_name}")
async def one(request: Request, username: str, last_name: str) -> User:
    """Read a user."""
    key = {"username": {"S": username}, "last_name": {"S": last_name}}
    item = (await request.app.state.dynamodb.get_item(TableName=TABLE, Key=key)).get("Item")
    if item is None:
        raise HTTPException(404)
    return user_of(item)
