"""A lift over Modbus TCP: a coil, a heartbeat register for its watchdog, a discrete input."""

from collections.abc import Callable

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

__all__ = ["ModbusPort"]


class ModbusPort:
    """The relay must drop the coil by itself when the heartbeat register stops changing.

    Args:
        host: The relay or controller.
        port: Its port.
        unit: Its unit id.
        hold_coil: Coil address of the request.
        beat_register: Holding register that counts beats.
        inhibit_input: Discrete input, 1 while fire service or inspection has the lift; None
            where there is none.
        timeout_s: Limit of one exchange.
    """

    name = "modbus"

    def __init__(
        self,
        *,
        host: str,
        port: int,
        unit: int,
        hold_coil: int,
        beat_register: int,
        inhibit_input: int | None,
        timeout_s: float,
    ) -> None:
        self._client = ModbusTcpClient(host, port=port, timeout=timeout_s, retries=0)
        self._address = f"{host}:{port}"
        self._unit = unit
        self._hold_coil = hold_coil
        self._beat_register = beat_register
        self._inhibit_input = inhibit_input

    def open(self, release: Callable[[str], None]) -> None:
        """See `Port`; nobody can speak back over Modbus."""
        del release

    def speak(self, text: str, incident_key: str) -> None:
        """See `Port`; a coil has no voice."""
        del text, incident_key

    def send(self, *, hold: bool, beat: int, ttl_s: float) -> None:
        """See `Port`."""
        del ttl_s
        self._connect()
        try:
            # The beat first: a watchdog that has tripped must see life before the request.
            done = [
                self._client.write_register(
                    self._beat_register, beat % 65_536, device_id=self._unit
                ),
                self._client.write_coil(self._hold_coil, hold, device_id=self._unit),
            ]
        except ModbusException as error:
            self._client.close()  # type: ignore[no-untyped-call]
            raise ConnectionError(f"{self._address}: {error}") from error
        if any(answer.isError() for answer in done):
            raise ConnectionError(f"{self._address}: the relay refuses: {done}")

    def inhibited(self) -> bool | None:
        """See `Port`."""
        if self._inhibit_input is None:
            return None
        self._connect()
        try:
            answer = self._client.read_discrete_inputs(
                self._inhibit_input, count=1, device_id=self._unit
            )
        except ModbusException as error:
            self._client.close()  # type: ignore[no-untyped-call]
            raise ConnectionError(f"{self._address}: {error}") from error
        return None if answer.isError() else bool(answer.bits[0])

    def close(self) -> None:
        """See `Port`."""
        try:
            self.send(hold=False, beat=0, ttl_s=0)
        finally:
            self._client.close()  # type: ignore[no-untyped-call]

    def _connect(self) -> None:
        if not self._client.connected and not self._client.connect():  # type: ignore[no-untyped-call]
            raise ConnectionError(f"{self._address}: no connection to the relay")
