import { AppError } from '../base/errors.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import { type LevelledNode, readFlatPlan } from './plan-shape.ts';

/**
 * A plan as one short text, for the fragment of an address, a log attribute, an element of a page:
 * `v1.` and, in base64url, deflated JSON. It has every node of the plan and its numbers to six
 * digits; what reads it needs nothing but what browsers and Node have.
 */
const version = 'v1.';

/** Whether a text looks like one, among texts of EXPLAIN. */
export const isPacked = (text: string): boolean => /^\s*v1\.[\w-]+\s*$/.test(text);

/** Of what is packed, inflated: as much as a plan has anywhere else in the program. */
export const packedLimit = 64 * 1_048_576;

/** Throws AppError, too_large or unparsable, where it would not be unpacked. */
export const pack = async (plan: Plan): Promise<string> =>
  packedOf(await through(plainOf(plan), new CompressionStream('deflate-raw')));

/**
 * Throws AppError: unparsable for what is damaged, no packed plan or of another version; too_large
 * for what is more than 64 MiB when it is inflated, which is found out while it is.
 */
export async function unpack(text: string): Promise<Plan> {
  const deflated = deflatedOf(text);
  const plain = await through(deflated, new DecompressionStream('deflate-raw')).catch(
    (error: unknown) => {
      throw error instanceof AppError ? error : damaged('it does not inflate', error);
    },
  );
  return planOf(plain);
}

/**
 * What is deflated, for callers that do so themselves: the same bytes for the same plan. Throws
 * AppError like `unpack`, since nothing is packed that would not be read.
 */
export function plainOf({ root, ...rest }: Plan): Uint8Array<ArrayBuffer> {
  const flat = readFlatPlan({ ...rest, nodes: levelled(root) });
  const plain = new TextEncoder().encode(JSON.stringify(flat, shorter));
  if (plain.byteLength > packedLimit) throw tooLarge();
  return plain;
}

/** The text of deflated bytes. */
export function packedOf(deflated: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < deflated.length; at += slice)
    binary += String.fromCharCode(...deflated.subarray(at, at + slice));
  return version + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
/** Arguments of one call: engines allow some 100,000. */
const slice = 16_384;

function deflatedOf(text: string): Uint8Array<ArrayBuffer> {
  if (!text.startsWith(version)) throw damaged('it does not begin with v1.');
  // What deflate cannot make smaller is a third longer in base64.
  if (text.length > packedLimit * 1.5) throw tooLarge();
  const base64 = text.slice(version.length).replaceAll('-', '+').replaceAll('_', '/');
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (error) {
    throw damaged('it is not base64url', error);
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > packedLimit) {
      await reader.cancel();
      throw tooLarge();
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function planOf(plain: Uint8Array): Plan {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
  } catch (error) {
    throw damaged('it is not JSON', error);
  }
  const { nodes, ...rest } = readFlatPlan(document);
  return { ...rest, root: treeOf(nodes) };
}

function levelled(root: PlanNode): LevelledNode[] {
  const levels = new Map<PlanNode, number>();
  return preorder(root).map((node) => {
    const level = levels.get(node) ?? 0;
    for (const child of node.children) levels.set(child, level + 1);
    const { id: _, children: __, ...rest } = node;
    return { level, ...rest };
  });
}

/** Each hangs under the last one before it that is a level higher. */
function treeOf(nodes: readonly LevelledNode[]): PlanNode {
  const way: PlanNode[] = [];
  for (const [id, { level, ...rest }] of nodes.entries()) {
    const node: PlanNode = { id, ...rest, children: [] };
    if (!Number.isInteger(level) || level < (id === 0 ? 0 : 1) || level > way.length)
      throw damaged('its nodes make no tree');
    way.length = level;
    way.at(-1)?.children.push(node);
    way.push(node);
  }
  const [root] = way;
  if (!root) throw damaged('it has no node');
  return root;
}

/** Whoever reads fills these in again; other objects are told apart from none at all. */
const filledIn = new Set(['predicates', 'ext', 'settings']);
const digits = 6;

function shorter(key: string, value: unknown): unknown {
  if (typeof value === 'number')
    return key === 'collectedAt' ? value : Number(value.toPrecision(digits));
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  return filledIn.has(key) && isEmpty(value) ? undefined : value;
}

const isEmpty = (group: unknown): boolean =>
  typeof group === 'object' &&
  group !== null &&
  Object.values(group).every((each) => Array.isArray(each) && each.length === 0);

const damaged = (what: string, cause?: unknown) =>
  new AppError('unparsable', `not a packed plan: ${what}`, { cause });
const tooLarge = () => new AppError('too_large', `a packed plan of more than ${packedLimit} bytes`);
