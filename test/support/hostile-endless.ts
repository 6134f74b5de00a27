import { greeting, packet, resultHead, textValue } from './hostile-mysql.ts';
import { description, hello, row } from './hostile-postgres.ts';
import { type Conversation, endless } from './hostile-server.ts';

/**
 * Servers that log a client in as any would, and answer its first statement with rows that never
 * end.
 */
const value = 'x'.repeat(40);

export const endlessPostgres: Conversation = async (socket, _, incoming) => {
  await incoming();
  socket.write(hello);
  await incoming();
  endless(
    socket,
    description(['a', 'b']),
    Buffer.concat(Array.from({ length: 1_000 }, () => row([value, '1']))),
  );
};

export const endlessMysql: Conversation = async (socket, _, incoming, { tls, secure }) => {
  socket.write(greeting('mysql_native_password', '9.7.0', tls));
  await incoming();
  const stream = tls ? await secure() : socket;
  if (tls) await incoming();
  stream.write(packet(tls ? 3 : 2, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
  await incoming();
  // 2,560 rows: the numbers of packets go on where the last began.
  endless(
    stream,
    resultHead(['a']),
    Buffer.concat(Array.from({ length: 2_560 }, (_unused, i) => packet(4 + i, textValue(value)))),
  );
};

/**
 * Say nothing, or nothing after the login, and never close: as a server does whose process has
 * stopped.
 */
export const silent: Conversation = (socket) => void socket.pause();

export const silentPostgres: Conversation = async (socket, _, incoming) => {
  await incoming();
  socket.write(hello);
};

export const silentMysql: Conversation = async (socket, _, incoming, { tls, secure }) => {
  socket.write(greeting('mysql_native_password', '9.7.0', tls));
  await incoming();
  const stream = tls ? await secure() : socket;
  if (tls) await incoming();
  stream.write(packet(tls ? 3 : 2, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
};
