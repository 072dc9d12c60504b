"""A notebook's run does not wait for a reply that it has got."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient.output_widget import OutputWidget

from explorables import replies


def test_a_reply_is_seen_that_comes_while_a_widget_speaks():
    """The kernel's reply lies in the socket, and the event loop has not run since, when the widget's message goes out."""

    async def ready() -> int:
        client = AsyncKernelClient()
        with zmq.asyncio.Context() as context, zmq.Context() as other:
            ours, kernel = context.socket(zmq.DEALER), other.socket(zmq.DEALER)
            kernel.connect(f"tcp://127.0.0.1:{ours.bind_to_random_port('tcp://127.0.0.1')}")
            # As jupyter_client sends: past the event loop.
            send = SimpleNamespace(socket=ours, send=lambda _: zmq.Socket.shadow(ours.underlying).send(b"update"))
            widget = OutputWidget(
                "id", {"outputs": []}, SimpleNamespace(session=client.session, shell_channel=send), None
            )
            widget.parent_header = {}
            await asyncio.sleep(0.3)  # until both know each other
            waiting = asyncio.ensure_future(ours.poll(20_000))
            await asyncio.sleep(0.1)
            kernel.send(b"reply")
            time.sleep(0.2)  # noqa: ASYNC251 - the loop is busy meanwhile
            widget.send({"method": "update"})
            try:
                return await asyncio.wait_for(waiting, 2)
            finally:
                ours.close(0), kernel.close(0)

    replies.heed()
    with ThreadPoolExecutor(1) as elsewhere:  # here a browser's event loop may be running
        assert elsewhere.submit(lambda: asyncio.run(ready())).result()


def test_without_it_the_reply_is_overlooked(monkeypatch):
    """Shows that the test above can fail; when this one does, nbclient needs no help and `replies` can go."""
    monkeypatch.setattr(replies, "_publish_and_listen", replies._publish)
    with pytest.raises(TimeoutError):
        test_a_reply_is_seen_that_comes_while_a_widget_speaks()
