"""A PLC by pymodbus: an implementation of Modbus TCP and RTU that shares nothing with ours, encoding included.

Usage: python3 pymodbus-plc.py PORT|/dev/SERIAL IMAGE.json     (a pseudo-terminal; RTU)

    {"1": {"hr": [{"at": 0, "type": "FLOAT32", "value": "1.5", "order": "CDAB"}, …], "ir": […], "co": {"0": true}, "di": {…}}, …}

Values are text: JSON would round 64-bit integers. Registers and bits that nobody names do not exist (exception 2).
"""
import asyncio
import json
import sys

from pymodbus.constants import Endian
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.payload import BinaryPayloadBuilder
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer

ORDERS = {
    "ABCD": (Endian.Big, Endian.Big),
    "CDAB": (Endian.Big, Endian.Little),
    "BADC": (Endian.Little, Endian.Big),
    "DCBA": (Endian.Little, Endian.Little),
}
ADD = {
    "INT16": ("add_16bit_int", int),
    "UINT16": ("add_16bit_uint", int),
    "INT32": ("add_32bit_int", int),
    "UINT32": ("add_32bit_uint", int),
    "INT64": ("add_64bit_int", int),
    "UINT64": ("add_64bit_uint", int),
    "FLOAT16": ("add_16bit_float", float),
    "FLOAT32": ("add_32bit_float", float),
    "FLOAT64": ("add_64bit_float", float),
}


def registers_of(item):
    byte_order, word_order = ORDERS[item.get("order", "ABCD")]
    builder = BinaryPayloadBuilder(byteorder=byte_order, wordorder=word_order)
    if item["type"] == "BYTES":  # hex, an even number of bytes
        builder.add_string(bytes.fromhex(item["value"]))
    elif item["type"] == "BYTE PAIR":  # high, low
        for part in item["value"].split(","):
            builder.add_8bit_int(int(part))
    else:
        method, parse = ADD[item["type"]]
        getattr(builder, method)(parse(item["value"]))
    return builder.to_registers()


def block(cells):
    # A sparse block must not be empty: address 65535 exists in every table.
    return ModbusSparseDataBlock(cells or {65535: 0})


def unit(tables):
    registers = {}
    for table in ("hr", "ir"):
        cells = {}
        for item in tables.get(table, []):
            for index, register in enumerate(registers_of(item)):
                cells[item["at"] + index] = register
        registers[table] = block(cells)
    bits = {
        table: block({int(at): bool(value) for at, value in tables.get(table, {}).items()}) for table in ("co", "di")
    }
    return ModbusSlaveContext(zero_mode=True, **registers, **bits)


async def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        image = json.load(file)
    context = ModbusServerContext(slaves={int(number): unit(tables) for number, tables in image.items()}, single=False)
    if sys.argv[1].startswith("/"):
        await StartAsyncSerialServer(
            # A pseudo-terminal has no parity, and refuses to be given one twice.
            context=context, framer=ModbusRtuFramer, port=sys.argv[1], baudrate=19200, parity="N", stopbits=1
        )
        return
    await StartAsyncTcpServer(context=context, address=("127.0.0.1", int(sys.argv[1])))


asyncio.run(main())
