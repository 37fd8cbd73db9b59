"""Takes a stopped broker's segment file apart, as a failing disk or a faulty broker would."""

import contextlib
import struct

HEAD = struct.Struct(">qi")  # Of a batch: its first offset, and the bytes after these twelve.


def crc32c(content):
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


class Segment:
    """The only segment of a partition, while its broker is stopped."""

    def __init__(self, kafka, topic, partition=0):
        self.file = kafka.directory / "data" / f"{topic}-{partition}" / f"{0:020}.log"
        self.batches = {}
        content, at = self.file.read_bytes(), 0
        while at < len(content):
            first, length = HEAD.unpack_from(content, at)
            self.batches[first] = bytearray(content[at : at + HEAD.size + length])
            at += HEAD.size + length

    def remove(self, first):
        """The batch that begins with this offset was never there. The broker makes the indexes anew."""
        del self.batches[first]
        for index in ("index", "timeindex"):
            self.file.with_suffix(f".{index}").unlink(missing_ok=True)

    def damage(self, first):
        """One byte of its last event is another one."""
        self.batches[first][-10] ^= 0xFF

    def forget_time(self, first):
        """A batch of one record as a producer sends it that gives no timestamp."""
        batch = self.batches[first]
        struct.pack_into(">qq", batch, 27, -1, -1)  # Of its first record, and the newest of all.
        struct.pack_into(">I", batch, 17, crc32c(bytes(batch[21:])))
        self.file.with_suffix(".timeindex").unlink(missing_ok=True)

    def write(self):
        self.file.write_bytes(b"".join(self.batches.values()))


@contextlib.contextmanager
def opened(kafka, topic):
    """The broker is stopped; what the block did to the segment is there when it runs again."""
    kafka.process.stop(seconds=60)
    segment = Segment(kafka, topic)
    yield segment
    segment.write()
    kafka.restart()
