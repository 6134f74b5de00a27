import { Socket } from 'node:net';

/**
 * Preloaded into the program (`NODE_OPTIONS=--import`): a library that throws from an event, on
 * connections to one port, or for nobody, when it is told to by SIGUSR2.
 */
const port = Number(process.env['THROW_ON_PORT']);
const connect = Socket.prototype.connect as (...at: unknown[]) => Socket;
Socket.prototype.connect = function (this: Socket, ...at: unknown[]) {
  if (at[0] === port) this.once('connect', () => nowhere.prototype.length.missing());
  return connect.apply(this, at);
} as never;
function nowhere(): void {
  // has no such thing
}
const strays = Number(process.env['THROW_STRAYS'] ?? 0);
process.on('SIGUSR2', () => {
  for (let i = 0; i < strays; i += 1) setTimeout(() => nowhere.prototype.length.missing(), 100 * i);
});
