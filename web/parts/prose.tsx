/** A text of ours in which commands stand between backticks. */
export function Prose({ text }: { text: string }) {
  return text
    .split('`')
    .map((part, at) => (at % 2 ? <code key={`${at} ${part}`}>{part}</code> : part));
}
