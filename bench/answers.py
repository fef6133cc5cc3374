"""A proxy before a broker that knows when somebody waits for the broker's answers.

    client -> proxy -> broker       every request is answered once

The broker's address in its answers is replaced by the proxy's, so that all requests are seen.
"""
import socket
import threading
import time

ANSWER_WITH_ADDRESS_MAX = 1 << 16


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


class Connection:
    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.broker = socket.create_connection(("127.0.0.1", proxy.broker_port))
        self.outstanding = 0
        for end in self.client, self.broker:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for way in (self.client, self.broker, 1), (self.broker, self.client, -1):
            threading.Thread(target=self.pass_on, args=way, daemon=True).start()

    def pass_on(self, source, target, step):
        try:
            while True:
                head = read_exactly(source, 4)
                size = int.from_bytes(head, "big")
                if step > 0:
                    self.proxy.count(self, step)
                body = read_exactly(source, size)
                if step < 0 and size < ANSWER_WITH_ADDRESS_MAX:
                    body = body.replace(*self.proxy.addresses)
                target.sendall(head + body)
                if step < 0:
                    self.proxy.count(self, step)
        except OSError:
            self.proxy.count(self, -self.outstanding)
            for end in source, target:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Proxy:
    def __init__(self, broker_port):
        self.broker_port = broker_port
        self.lock = threading.Lock()
        self.outstanding = 0
        self.since = 0.0
        self.waits = []  # (from, until) of monotonic time, one after the other.
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.addresses = [b"127.0.0.1" + port.to_bytes(4, "big")
                          for port in (broker_port, self.port)]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            Connection(self, self.listener.accept()[0])

    def count(self, connection, step):
        with self.lock:
            now = time.monotonic()
            if self.outstanding == 0:
                self.since = now
            connection.outstanding += step
            self.outstanding += step
            if self.outstanding == 0:
                self.waits.append((self.since, now))

    def waited(self, begin, end):
        """Seconds of [begin, end) in which at least one request was not answered."""
        with self.lock:
            waits = self.waits + ([(self.since, end)] if self.outstanding > 0 else [])
        return sum(max(0.0, min(until, end) - max(since, begin)) for since, until in waits)
