"""Files of the web: whole, small and soon, or not at all."""

import contextlib
import http.server
import threading
import time

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.experiment import download


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with contextlib.suppress(BrokenPipeError):
            getattr(self, self.path.strip("/").partition(".")[0])()

    def answer(self, body, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def whole(self):
        self.answer(b"config = 3")

    def cut(self):
        self.answer(b"config", length=100)

    def large(self):
        self.answer(b"x" * (download.MAX_BYTES + 1))

    def dripping(self):
        self.answer(b"", length=1000)
        for _ in range(100):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_whole_file_is_fetched_under_its_name(address):
    path = download.fetch(f"{address}/whole.py")
    assert (path.name, path.read_text()) == ("whole.py", "config = 3")


@pytest.mark.parametrize(("name", "words"), [("cut.py", "6 of 100 bytes|IncompleteRead"), ("large.py", "larger than")])
def test_what_is_not_whole_or_too_large_is_refused(address, name, words):
    with pytest.raises(CommandError, match=words):
        download.fetch(f"{address}/{name}")


def test_a_server_that_drips_is_left_at_the_deadline(address, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT_S", 0.3)
    start = time.monotonic()
    with pytest.raises(CommandError, match="did not arrive within"):
        download.fetch(f"{address}/dripping.py")
    assert time.monotonic() - start < 4
