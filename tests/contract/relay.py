"""Passes connections on, for a network namespace: python relay.py FROM TO, each a port or a path.

A socket with a path can be reached from every network namespace, a port of loopback from one.
"""

import asyncio
import sys


async def main(source: str, target: str) -> None:
    """Listen, and pass on, until killed."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await (
            asyncio.open_connection("127.0.0.1", int(target))
            if target.isdigit()
            else asyncio.open_unix_connection(target)
        )
        await asyncio.gather(copy(reader, far[1]), copy(far[0], writer))

    server = await (
        asyncio.start_server(accept, "127.0.0.1", int(source))
        if source.isdigit()
        else asyncio.start_unix_server(accept, source)
    )
    await server.serve_forever()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until it ends."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
