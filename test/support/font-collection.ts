/** A font as the only one of a collection (.ttc): its tables stand further behind. */
export function collectionOf(font: Uint8Array): Buffer {
  const header = 16;
  const whole = Buffer.concat([Buffer.alloc(header), font]);
  whole.write('ttcf', 0);
  whole.writeUInt32BE(0x0001_0000, 4);
  whole.writeUInt32BE(1, 8);
  whole.writeUInt32BE(header, 12);
  const tables = whole.readUInt16BE(header + 4);
  for (let i = 0; i < tables; i += 1) {
    const at = header + 12 + 16 * i + 8;
    whole.writeUInt32BE(whole.readUInt32BE(at) + header, at);
  }
  return whole;
}
