import { Socket } from 'node:net';

/**
 * A TCP socket of which nothing is left the moment it is destroyed, by whomever: it ends with a
 * reset. A goodbye waits for the peer's in the kernel, which a server that has stopped never says.
 * Nothing here closes one direction alone: the kernel cannot reset a connection that is just being
 * shut down, Node then forgets the socket without closing it, and the process can no longer end.
 */
export class TcpSocket extends Socket {
  #resets = false;
  #reason: Error | undefined;

  constructor() {
    super({ allowHalfOpen: true }); // at the peer's end Node would answer with a shutdown
  }

  override destroy(reason?: Error): this {
    // While it connects there is nothing to reset, and Node would wait until there is. Node calls
    // this again, without the reason.
    if (this.#resets || this.pending || this.destroyed)
      return super.destroy(reason ?? this.#reason);
    this.#resets = true;
    this.#reason = reason;
    return this.resetAndDestroy();
  }

  /**
   * A version of Node that resets by this would first send what is waiting, then shut down, however
   * long the peer takes.
   */
  override destroySoon(): void {
    this.destroy();
  }
}
