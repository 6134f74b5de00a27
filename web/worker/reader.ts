import { answerTo } from './answer.ts';
import type { Reply, Request } from './protocol.ts';

/** The worker itself: it knows nothing but what it is sent, and asks nobody. */
const reply = (message: Reply) => self.postMessage(message);

self.addEventListener('message', ({ data: { id, texts } }: MessageEvent<Request>) => {
  const answers = answerTo(texts, Date.now(), (progress) =>
    reply({ kind: 'progress', id, ...progress }),
  );
  reply({ kind: 'answer', id, answers });
});
