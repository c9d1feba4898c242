"""The demo's mail server: takes every mail, delivers none, and shows them on a page."""

import asyncio
import html
import re
import signal
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#16252b;"
    "background:#f3f5f1}article{background:#fff;border:1px solid #d5dee1;border-radius:10px;padding:1rem 1.25rem;"
    "margin:1rem 0}h2{font-size:1.05rem;margin:0}p{margin:.25rem 0;color:#5b6b71}pre{white-space:pre-wrap;"
    "overflow-wrap:anywhere;font:inherit}@media(prefers-color-scheme:dark){body{background:#10201c;color:#e4eeea}"
    "article{background:#16302a;border-color:#2b4a41}p{color:#a9c1b8}a{color:#8fd0bb}}"
)
MOST = 500
LINK = re.compile(r"(https?://[^\s<>\"]+)")


class Sink:
    """Keeps the newest mails in memory."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        del self.mails[:-MOST]
        return "250 Taken"

    def page(self) -> str:
        parts = []
        for mail in reversed(self.mails):
            body = mail.get_body(("plain",))
            text = LINK.sub(r'<a href="\1">\1</a>', html.escape(body.get_content() if body else ""))
            parts.append(
                f"<article><h2>{html.escape(str(mail['Subject']))}</h2><p>To {html.escape(str(mail['To']))}, "
                f"{html.escape(str(mail['Date'] or ''))}</p><pre>{text}</pre></article>"
            )
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Mail of the demo</title><link rel=stylesheet href=/style.css><h1>{len(self.mails)} mails</h1>"
            f"<p>Everything that the demo sent, newest first. Reload for more.</p>{''.join(parts)}</html>"
        )


async def serve_pages(sink: Sink, port: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            is_style = request.startswith(b"GET /style.css ")
            body = (STYLE if is_style else sink.page()).encode()
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: text/{'css' if is_style else 'html'}; charset=utf-8\r\n"
                "Connection: close\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                "Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; "
                f"frame-ancestors 'none'\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def main() -> None:
    """`python -m core.embedded.mailbox SMTP_PORT HTTP_PORT`."""
    smtp_port, http_port = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=smtp_port)
    controller.start()
    try:
        asyncio.run(serve_pages(sink, http_port))
    except KeyboardInterrupt:
        pass
    finally:
        controller.stop()


if __name__ == "__main__":
    main()
