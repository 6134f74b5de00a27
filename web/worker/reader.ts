import { answerTo } from './answer.ts';
import { partsOf } from './plan-parts.ts';
import type { Answer, Reply, Request } from './protocol.ts';

/** The worker itself: it knows nothing but what it is sent, and asks nobody. */
const reply = (message: Reply) => self.postMessage(message);

self.addEventListener('message', async ({ data: { id, texts } }: MessageEvent<Request>) => {
  const decoder = new TextDecoder();
  const plain = texts.map(({ text, statement }) => ({
    text: typeof text === 'string' ? text : decoder.decode(text),
    statement,
  }));
  const answers = await answerTo(plain, Date.now(), (progress) =>
    reply({ kind: 'progress', id, ...progress }),
  );
  reply({
    kind: 'answer',
    id,
    answers: answers.map((answer, text) => sendAhead(answer, id, text)),
  });
});

/** The nodes of a plan go before the answer that they belong to, whose root is an empty one. */
function sendAhead(answer: Answer, id: number, text: number): Answer {
  if (answer.kind === 'refused') return answer;
  const { root } = answer.plan;
  for (const part of partsOf(root)) reply({ kind: 'part', id, text, ...part });
  return { ...answer, plan: { ...answer.plan, root: { ...root, children: [] } } };
}
