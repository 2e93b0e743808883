"""The dashboard where even reads need the token: it says so, takes it, and adds nobody to do that."""

from collections.abc import Iterator

import pytest

from rehearsal.world import World, WorldConfig
from tests.contract.dashboard.chromium import BINARY, Page, browser
from tests.contract.service.process import Serving, serving

TOKEN = "let-me-look"
TYPED = f"""(() => {{
  const field = document.getElementById("token");
  field.focus();
  field.value = "";
  document.execCommand("insertText", false, "{TOKEN}");
}})()"""

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="not run: chromium is not installed (apt install chromium)"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Without a table: what is looked at here asks DynamoDB nothing, or may fail."""
    tokens = tmp_path_factory.mktemp("tokens") / "token"
    tokens.write_text(TOKEN)
    world = World(WorldConfig(port=0))
    variables = {
        "AWS_REGION": "us-east-1",
        "DYNAMO_ENDPOINT": world.endpoint,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "WORKERS": "1",
        "AUTH_TOKEN_FILE": str(tokens),
        "AUTH_READS": "true",
    }
    with serving(variables) as service:
        yield service


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_who_has_the_token_looks_and_adds_nobody(service: Serving, page: Page, key: str) -> None:
    page.look_at(service.url + "/dynamodr/ui")
    page.until("document.getElementById('writes')?.innerText.includes('needs a token')")
    page.until("document.getElementById('which').innerText.endsWith('needs a token.')")
    assert page.value("document.getElementById('state').dataset.state") == "locked"
    page.value(TYPED)
    page.press(key)
    page.until("document.getElementById('region').innerText === 'us-east-1'")
    page.until("document.getElementById('writes').innerText.startsWith('us-east-1 takes writes')")
    assert page.text("outcome") == ""
    added = [line for line in service.lines if line.get("route") == "/dynamodr/add-user"]
    assert added == []
    assert page.complaints == []


def test_a_wrong_token_is_told_apart_from_no_answer(service: Serving, page: Page) -> None:
    page.look_at(service.url + "/dynamodr/ui")
    page.until("document.getElementById('writes')?.innerText.includes('needs a token')")
    page.value(TYPED.replace(TOKEN, "wrong"))
    page.press("Tab")
    page.until("document.getElementById('writes').innerText.includes('not the token')")
    assert "No Region answers" not in page.text("writes")
