import { dictionary } from '../../base/dictionary.ts';
import { splitOutside } from '../split-outside.ts';
import type { Fields } from './text-title.ts';

/**
 * The lines below a node in EXPLAIN's text, `Key: value`, → the fields that FORMAT JSON has for
 * them. What has other words there is told here; the rest keeps its key.
 */
export function readDetail(fields: Fields, key: string, value: string): void {
  const known = readers[key];
  if (known) known(fields, value);
  else if (lists.has(key)) fields[key] = splitOutside(value, ', ');
  else fields[key] = scalar(value);
}

/** What each line of a Worker says is the worker's own. */
export const ofWorker = /^Worker \d+$/;

const lists = new Set(['Sort Key', 'Presorted Key']);

type Reader = (fields: Fields, value: string) => void;
const readers = dictionary<Reader>({
  // Only people read it, and it is the longest.
  Output: () => undefined,
  Buffers: readBuffers,
  // ROWS FROM of several has no name of its own.
  'Function Call': (fields, value) => {
    if (splitOutside(value, ', ').length > 1) delete fields['Function Name'];
  },
  'Group Key': readGroupKey,
  'Hash Key': readGroupKey,
  'Sort Method': (fields, value) => {
    const [method = '', space = ''] = value.split(/ {2,}/);
    fields['Sort Method'] = method;
    const [type, kilobytes] = space.split(': ');
    if (kilobytes === undefined) return;
    fields['Sort Space Type'] = type;
    fields['Sort Space Used'] = Number.parseInt(kilobytes, 10);
  },
  'Heap Blocks': (fields, value) => {
    for (const [kind, blocks] of counts(value))
      fields[`${kind === 'exact' ? 'Exact' : 'Lossy'} Heap Blocks`] = blocks;
  },
  Buckets: (fields, value) => {
    fields['Hash Buckets'] = Number.parseInt(value, 10);
    const batches = /Batches: (\d+)/.exec(value)?.[1];
    if (batches) fields['Hash Batches'] = Number(batches);
    readMemory(fields, value);
  },
  Batches: (fields, value) => {
    fields['HashAgg Batches'] = Number.parseInt(value, 10);
    readMemory(fields, value);
  },
  'Planned Partitions': (fields, value) => {
    fields['Planned Partitions'] = Number.parseInt(value, 10);
    const batches = /Batches: (\d+)/.exec(value)?.[1];
    if (batches) fields['HashAgg Batches'] = Number(batches);
    readMemory(fields, value);
  },
});

/** JSON has several keys, and those of a hash, in a list of their own. */
function readGroupKey(fields: Fields, value: string): void {
  const several =
    'Group Key' in fields || 'Grouping Sets' in fields || fields['Strategy'] === 'Mixed';
  if (several) {
    fields['Grouping Sets'] = [];
    delete fields['Group Key'];
  } else fields['Group Key'] = splitOutside(value, ', ');
}

function readMemory(fields: Fields, value: string): void {
  const memory = /Memory Usage: (\d+)kB/.exec(value)?.[1];
  const disk = /Disk Usage: (\d+)kB/.exec(value)?.[1];
  if (memory) fields['Peak Memory Usage'] = Number(memory);
  if (disk) fields['Disk Usage'] = Number(disk);
}

/** `shared hit=8 read=2, temp read=1 written=2`: what is not named is none. */
function readBuffers(fields: Fields, value: string): void {
  for (const kind of ['Shared', 'Local', 'Temp'])
    for (const what of kind === 'Temp' ? ['Read', 'Written'] : blocks)
      fields[`${kind} ${what} Blocks`] = 0;
  for (const group of value.split(', ')) {
    const kind = capital(group.slice(0, group.indexOf(' ')));
    for (const [what, count] of counts(group)) fields[`${kind} ${capital(what)} Blocks`] = count;
  }
}
const blocks = ['Hit', 'Read', 'Dirtied', 'Written'];

const counts = (text: string): [string, number][] =>
  [...text.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', count]) => [name, Number(count)]);
const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);

const scalar = (value: string): string | number | boolean => {
  if (value === 'true' || value === 'false') return value === 'true';
  const number = /^(-?\d+(?:\.\d+)?)(?: ms|kB)?$/.exec(value)?.[1];
  return number === undefined ? value : Number(number);
};

/** `work_mem = '64MB', jit = 'off'`. */
export const readSettings = (value: string): Record<string, string> =>
  Object.fromEntries(
    [...value.matchAll(/([\w.]+) = '((?:[^']|'')*)'/g)].map(([, name = '', text = '']) => [
      name,
      text.replaceAll("''", "'"),
    ]),
  );
