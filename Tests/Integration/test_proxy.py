"""The proxy that the outage tests rely on does what it says."""

import contextlib
import socket
import threading

import pytest

from harness import Proxy
from helpers.waiting import eventually


class EchoServer:
    """Sends back what it gets; counts the bytes and the connections that ended."""

    def __init__(self):
        self.received = 0
        self.ended = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection):
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                self.received += len(data)
                connection.sendall(data)
        self.ended += 1

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server():
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def proxy(server):
    with Proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def client(proxy):
    with connected(proxy) as client:
        assert answer(client, b"hello") == b"hello"
        yield client


def connected(proxy, timeout=10.0):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout)


def answer(client, data, count=None):
    client.sendall(data)
    return received(client, count or len(data))


def received(client, count):
    data = b""
    while len(data) < count and (more := client.recv(65536)):
        data += more
    return data


def nothing_comes(client):
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(10)
    return True


def test_it_forwards_megabytes_and_both_sides_hear_of_the_end(server, client):
    data = bytes(range(256)) * 16384
    threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
    assert received(client, len(data)) == data
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""
    eventually(lambda: server.ended == 1, "the server hears of the end")


@pytest.mark.parametrize("reset", [True, False])
def test_cut_ends_what_there_is_and_takes_new_connections(server, proxy, client, reset):
    proxy.cut(reset)
    if reset:
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    else:
        assert client.recv(1) == b""
    eventually(lambda: server.ended == 1, "the server hears of the end")
    with connected(proxy) as second:
        assert answer(second, b"again") == b"again"


def test_refuse_closes_the_port_until_pass_on(proxy, client):
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.pass_on()
    with connected(proxy) as second:
        assert answer(second, b"again") == b"again"


def test_stall_holds_the_bytes_of_old_and_new_connections_and_pass_on_delivers_them(server, proxy, client):
    proxy.stall()
    client.sendall(b"held")
    with connected(proxy) as second:
        second.sendall(b"held, too")
        assert nothing_comes(client) and nothing_comes(second)
        assert server.received == len(b"hello")
        proxy.pass_on()
        assert received(client, 4) == b"held"
        assert received(second, 9) == b"held, too"


def test_black_hole_swallows_and_what_lost_a_byte_stays_lost(server, proxy, client):
    proxy.black_hole()
    client.sendall(b"lost")
    with connected(proxy) as second:
        second.sendall(b"lost, too")
        assert nothing_comes(client) and nothing_comes(second)
        proxy.pass_on()
        client.sendall(b"more")
        second.sendall(b"more")
        assert nothing_comes(client) and nothing_comes(second)
    assert server.received == len(b"hello")
    with connected(proxy) as third:
        assert answer(third, b"again") == b"again"


def test_black_hole_leaves_the_server_in_the_dark_until_pass_on(server, proxy, client):
    proxy.black_hole()
    client.close()
    with connected(proxy) as second:
        assert nothing_comes(second)
    assert server.ended == 0
    proxy.pass_on()
    eventually(lambda: server.ended == 1, "the server hears of the end")


def test_black_hole_can_leave_new_connections_without_an_answer_to_their_syn(proxy):
    proxy.black_hole(hang_connects=True)
    with pytest.raises(TimeoutError):
        connected(proxy, timeout=0.5)
    proxy.pass_on()
    with connected(proxy) as client:
        assert answer(client, b"again") == b"again"


def test_half_an_answer_and_then_silence(server, proxy, client):
    proxy.half_answer(3)
    assert answer(client, b"abcdef", 3) == b"abc"
    assert nothing_comes(client)
    assert server.received == len(b"hello") + 6


def test_half_an_answer_and_then_the_end(proxy, client):
    proxy.half_answer(3, cut=True)
    assert answer(client, b"abcdef") == b"abc"


def test_throttle_delivers_all_in_pieces(proxy, client):
    proxy.throttle(20_000)
    data = b"x" * 10_000
    client.sendall(data)
    first = client.recv(65536)
    assert 0 < len(first) < len(data)
    assert first + received(client, len(data) - len(first)) == data


def test_a_server_that_is_away_is_a_reset(server, proxy):
    server.close()
    with pytest.raises(ConnectionResetError), connected(proxy) as client:
        client.recv(1)
