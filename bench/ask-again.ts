import { connect } from 'node:net';
import { onMessages, ready } from './messages.ts';

/**
 * What a real server answers to the last message of a conversation, which is held anew for it: its
 * start, then each unit when the one before has been answered. Rejects where the server hangs up.
 */
export function askAgain(port: number, conversation: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const left = [...conversation];
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let answer: Buffer[] = [];
    const next = () => {
      const unit = left.shift();
      if (unit) return void socket.write(unit);
      socket.end();
      resolve(Buffer.concat(answer));
    };
    socket.on('error', reject).on('close', () => reject(new Error('the server hung up')));
    socket.once('connect', next);
    onMessages(socket, (message) => {
      answer.push(message);
      if (message[0] !== ready) return;
      if (left.length > 0) answer = [];
      next();
    });
  });
}
