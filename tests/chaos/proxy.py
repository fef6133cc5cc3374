"""A TCP proxy before the broker that loses, delays or reports one chosen message of the Kafka
protocol.

It knows no more of the protocol than frames, the api key of a request and the correlation id that
ties an answer to it. The broker's address in Metadata and FindCoordinator answers is replaced by
the proxy's, so that a client that uses it never gets past it.
"""
import socket
import struct
import threading

APIS = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetFetch": 9,
        "FindCoordinator": 10, "InitProducerId": 22, "AddPartitionsToTxn": 24,
        "AddOffsetsToTxn": 25, "EndTxn": 26, "TxnOffsetCommit": 28}
NAMES_ADDRESSES = (APIS["Metadata"], APIS["FindCoordinator"])


class Fault:
    """What happens to the count-th request of an api.

    lose request: the connection is cut and the broker never sees it.
    lose answer: the broker acts on it, the connection is cut before it answers.
    delay: the connection is cut; the broker gets the request when `release` is called, or
        after the next AddPartitionsToTxn passed, that is within the next transaction.
    call: `action` is called before the request goes on to the broker.
    """

    def __init__(self, kind, api, count, action=None):
        self.kind, self.api, self.left, self.action = kind, APIS[api], count, action
        self.lock, self.struck = threading.Lock(), threading.Event()
        self.released = threading.Event()

    def strikes(self, api):
        with self.lock:
            if api == self.api and not self.struck.is_set():
                self.left -= 1
                if self.left == 0:
                    self.struck.set()
                    return True
            elif self.kind == "delay" and self.struck.is_set() and api == APIS["Produce"]:
                self.released.set()
            return False


class Cut(Exception):
    """The connection is to be cut."""


class Connection:
    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server = socket.create_connection(("127.0.0.1", proxy.port_of_broker))
        self.apis, self.doomed, self.held = {}, None, False
        for number in (self.client, self.server):
            number.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for target in (self.requests, self.answers):
            threading.Thread(target=self.guard, args=(target,), daemon=True).start()

    def guard(self, target):
        try:
            target()
        except (OSError, Cut, struct.error):
            pass
        self.cut(self.client)
        if not self.held:
            self.cut(self.server)

    @staticmethod
    def cut(side):
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        side.close()

    def requests(self):
        while True:
            frame = read_frame(self.client)
            api, _, correlation = struct.unpack_from(">hhi", frame, 4)
            self.apis[correlation] = api
            fault = self.proxy.fault
            if fault and fault.strikes(api):
                self.strike(fault, frame, correlation)
            self.server.sendall(frame)

    def strike(self, fault, frame, correlation):
        if fault.kind == "call":
            fault.action()
            return
        if fault.kind == "lose answer":
            self.doomed = correlation
            return
        if fault.kind == "delay":
            self.held = True
            threading.Thread(target=self.send_later, args=(fault, frame), daemon=True).start()
        raise Cut

    def send_later(self, fault, frame):
        fault.released.wait()
        try:
            self.server.sendall(frame)
            read_frame(self.server)
        except OSError:
            pass
        self.cut(self.server)

    def answers(self):
        while not self.held:
            frame = read_frame(self.server)
            correlation = struct.unpack_from(">i", frame, 4)[0]
            if correlation == self.doomed:
                raise Cut
            if self.apis.pop(correlation, None) in NAMES_ADDRESSES:
                frame = frame.replace(self.proxy.address_of_broker, self.proxy.own_address)
            self.client.sendall(frame)


def read_exactly(side, size):
    data = bytearray()
    while len(data) < size:
        more = side.recv(size - len(data))
        if not more:
            raise Cut
        data += more
    return bytes(data)


def read_frame(side):
    head = read_exactly(side, 4)
    return head + read_exactly(side, struct.unpack(">i", head)[0])


class Proxy:
    """Listens on a port of its own choice; `fault` may be set at any time."""

    def __init__(self, port_of_broker):
        self.port_of_broker, self.fault = port_of_broker, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.address_of_broker = b"127.0.0.1" + struct.pack(">i", port_of_broker)
        self.own_address = b"127.0.0.1" + struct.pack(">i", self.port)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                Connection(self, client)
            except ConnectionRefusedError:
                client.close()
            except OSError:
                return

    def close(self):
        if self.fault:
            self.fault.released.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # Wakes accept, which close alone does not.
        self.listener.close()
