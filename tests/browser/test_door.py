"""The window answers this machine's own browser, and the page itself; the page may do little."""

from __future__ import annotations

import itertools
import json

import aiohttp
import pytest
from yarl import URL

from tests.browser.desk import Desk

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"Content-Type": "application/json"}
WORDS = {"as": "U0AGENT", "channel": "C0SUPPORT", "text": "hello"}


HOSTS = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1")
PLACES = ("/", "/events?as=U0AGENT", "/page/js/main.js")
ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Content-Type": "text/plain"},
)
STRANGE = (
    "[]",
    "{}",
    '{"as": "U0AGENT"}',
    "no json",
    '{"as": ["U0AGENT"]}',
    '{"as": "U0AGENT", "channel": {}}',
)


async def test_another_host_name_is_refused(desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        for host, path in itertools.product(HOSTS, PLACES):
            async with http.get(desk.window.url + path, headers={"Host": host}) as answer:
                assert answer.status == 403, (host, path)


async def test_another_page_may_not_act(desk: Desk) -> None:
    url = f"{desk.window.url}/act/write"
    async with aiohttp.ClientSession() as http:
        for headers in ELSEWHERE:
            async with http.post(url, data=json.dumps(WORDS), headers=JSON | headers) as answer:
                assert answer.status == 403, headers
        async with http.post(url, json=WORDS) as answer:
            assert answer.status == 200


async def test_what_is_not_understood_is_refused(desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        for told in STRANGE:
            async with http.post(f"{desk.window.url}/act/write", data=told, headers=JSON) as answer:
                assert 400 <= answer.status < 500, told
        async with http.post(f"{desk.window.url}/act/fly", json=WORDS) as answer:
            assert answer.status == 404


async def test_every_answer_carries_a_strict_policy(desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/", "/page/js/main.js", "/events?as=U0AGENT", "/nowhere"):
            async with http.get(desk.window.url + path) as answer:
                policy = answer.headers.get("Content-Security-Policy", "")
                assert "default-src 'none'; script-src 'self'" in policy
                assert "unsafe" not in policy


async def test_only_the_pages_own_files_are_served(desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/page/../window.py", "/page/%2e%2e/window.py", "/page/", "/page/css"):
            async with http.get(URL(desk.window.url + path, encoded=True)) as answer:
                assert answer.status in {403, 404}
