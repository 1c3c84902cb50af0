"""A way to cut a client's TCP connection from inside an ASGI application, which ASGI does not offer."""
import weakref

_writers: "weakref.WeakValueDictionary" = weakref.WeakValueDictionary()


def install() -> None:
    """Makes hypercorn remember the writer of each connection by the client's address."""
    from hypercorn.asyncio import tcp_server
    original = tcp_server.TCPServer.__init__

    def remember(self, app, loop, config, context, state, reader, writer):
        original(self, app, loop, config, context, state, reader, writer)
        peer = writer.get_extra_info("peername")
        if peer:
            _writers[tuple(peer[:2])] = writer

    tcp_server.TCPServer.__init__ = remember


def cut(client) -> None:
    """Resets the connection at once; what was not yet sent is lost."""
    writer = _writers.get(tuple(client)) if client else None
    if writer is not None:
        writer.transport.abort()
