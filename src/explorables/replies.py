"""Let nbclient see a kernel's reply that comes while it speaks: otherwise a cell with `interact` may wait for its timeout."""

from __future__ import annotations

from typing import Any

import zmq
from nbclient.output_widget import OutputWidget

_publish = OutputWidget._publish_msg


def _publish_and_listen(self: OutputWidget, msg_type: str, *args: Any, **kwargs: Any) -> None:
    _publish(self, msg_type, *args, **kwargs)
    # jupyter_client sends past pyzmq's event loop. What arrived just before is only noticed when somebody asks for it:
    # https://pyzmq.readthedocs.io/en/latest/api/zmq.html#zmq.Socket.FD
    self.kernel_client.shell_channel.socket.get(zmq.EVENTS)


def heed() -> None:
    """Have every notebook of this process run so; to be dropped when nbclient (0.11) does it itself."""
    OutputWidget._publish_msg = _publish_and_listen  # type: ignore[method-assign]
