import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { unless } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import { nonsense } from './framing.ts';
import type { ReceivedByConnection } from './received.ts';
import { TcpSocket } from './tcp-socket.ts';

/**
 * The stream that is handed to a driver in place of a socket. Drivers throw while they read bytes
 * that no server sends, and the throw of an event's listener ends the process; here it ends this
 * connection. Bytes are counted as they come, whole messages are looked at before the driver sees
 * them, and `destroy` destroys the socket itself.
 */
export interface WireOptions {
  received: ReceivedByConnection;
  /** What of a chunk may go on to the driver. Throws AppError. */
  read(chunk: Buffer): Buffer | undefined;
  /** Told of what the driver writes. */
  onWrite?(chunk: Buffer): void;
  /** Comes between the TCP connection and the driver's first byte. */
  prepare?(wire: Wire): Promise<void>;
}

const keepAliveAfter_ms = 5_000;

export class Wire extends EventEmitter {
  /** Rejects once with the reason when the connection is gone, whoever ended it. */
  readonly lost: Promise<never>;
  destroyed = false;
  #gathering = false;
  readonly #options: WireOptions;
  readonly #lose: (reason: unknown) => void;
  readonly #waiting = new Set<(reason: unknown) => void>();
  readonly #tcp = new TcpSocket();
  #stream: Socket = this.#tcp;

  constructor(options: WireOptions) {
    super();
    this.#options = options;
    options.received.onYield((reason) => this.destroy(reason));
    const { promise, reject } = Promise.withResolvers<never>();
    this.lost = promise;
    this.#lose = reject;
    promise.catch(() => undefined); // heard by whoever waits at that moment
    this.#tcp.setNoDelay(true).setKeepAlive(true, keepAliveAfter_ms);
    this.#listen(this.#tcp);
  }

  connect(port: number, host: string): this {
    this.#tcp.once('connect', () => {
      const ready = this.#options.prepare?.(this) ?? Promise.resolve();
      ready.then(
        () => this.#tell('connect'),
        (error: unknown) => this.destroy(error),
      );
    });
    this.#tcp.connect(port, host);
    return this;
  }

  /** Sends bytes and resolves with the chunk that answers, before any driver listens. */
  ask(bytes: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#tcp.removeAllListeners('data');
    this.#tcp.once('data', (chunk: Buffer) => {
      try {
        this.#options.received.add(chunk.length);
        resolve(chunk);
      } catch (error) {
        this.destroy(error);
      }
    });
    this.lost.catch(reject);
    this.#tcp.write(bytes);
    return promise;
  }

  /** From here on encrypted. Rejects with what TLS says. */
  secure(options: ConnectionOptions): Promise<void> {
    this.#tcp.removeAllListeners('data');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const secured: TLSSocket = connectTls({ ...options, socket: this.#tcp }, resolve);
    this.#stream = secured;
    this.#listen(secured);
    secured.once('error', reject);
    this.lost.catch(reject);
    return promise;
  }

  /**
   * The work's result, or a rejection as soon as the connection is gone. A race with `lost` itself
   * would keep every result as long as the connection.
   */
  orLost<T>(work: Promise<T>): Promise<T> {
    return unless(work, (reject) => {
      this.#waiting.add(reject);
      return () => this.#waiting.delete(reject);
    });
  }

  #listen(stream: Socket): void {
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error) => this.destroy(error));
    stream.on('end', () => {
      this.#tell('end');
      this.destroy();
    });
    stream.on('close', () => this.destroy());
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    try {
      this.#options.received.add(chunk.length);
      const whole = this.#options.read(chunk);
      if (whole) this.emit('data', whole);
    } catch (error) {
      this.destroy(
        error instanceof AppError ? error : nonsense('the driver cannot read it', error),
      );
    }
  }

  /**
   * A driver that throws when it is told something has failed as well: nobody waits for it alone,
   * but for `lost`.
   */
  #tell(event: 'connect' | 'end' | 'error' | 'close', ...values: unknown[]): void {
    try {
      if (event !== 'error' || this.listenerCount('error')) this.emit(event, ...values);
    } catch (error) {
      this.destroy(nonsense('the driver cannot go on', error));
    }
  }

  get writable(): boolean {
    return !this.destroyed && this.#stream.writable;
  }

  write(chunk: Buffer, done?: (error?: Error | null) => void): boolean {
    if (this.destroyed) return false;
    this.#options.onWrite?.(chunk);
    return this.#stream.write(chunk, done);
  }

  /**
   * The driver has said goodbye in its protocol, to which a server answers by closing; whoever
   * waits for that waits with a limit.
   */
  end(): this {
    return this;
  }

  /** At once, and without a word where `reason` is missing and the peer still there. */
  destroy(reason?: unknown): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    const { received } = this.#options;
    received.end();
    this.#tcp.destroy(); // and with it the TLS above it
    const why = reason ?? new AppError('connection_failed', 'the connection was dropped');
    this.#lose(why);
    for (const reject of this.#waiting) reject(why);
    // Not within the driver's own reading, from which this may have been called.
    process.nextTick(() => {
      if (reason !== undefined) this.#tell('error', reason);
      this.#tell('close');
    });
    return this;
  }

  /** What is written until this turn of the event loop is over leaves in one write. */
  gather(): void {
    if (this.#gathering || this.destroyed) return;
    this.#gathering = true;
    this.cork();
    // after all that follows from what has just come
    process.nextTick(() => {
      this.#gathering = false;
      this.uncork();
    });
  }

  // What drivers call on a socket besides.
  cork(): void {
    this.#stream.cork();
  }
  uncork(): void {
    this.#stream.uncork();
  }
  pause(): this {
    this.#stream.pause();
    return this;
  }
  resume(): this {
    this.#stream.resume();
    return this;
  }
  ref(): this {
    this.#tcp.ref();
    return this;
  }
  unref(): this {
    this.#tcp.unref();
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}
