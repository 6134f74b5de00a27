/**
 * zod's OpenAPI 3.0 output → the structural schema that a CustomResourceDefinition wants. Whatever
 * has no structural form throws: better no CRD than one that the API server reads differently from
 * us.
 */
type Node = Record<string, unknown>;

const kept = new Set([
  'type',
  'format',
  'description',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'default',
  'nullable',
  'required',
  'properties',
  'items',
  'additionalProperties',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);
const dropped = new Set(['$schema', 'id', 'definitions']);

export function structural(node: Node): Node {
  const out: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (dropped.has(key)) continue;
    if (!kept.has(key)) throw new Error(`"${key}" has no structural form`);
    const converted = convert(key, value);
    if (converted !== undefined) out[key] = converted;
  }
  if (Object.keys(out).every((key) => key === 'description'))
    out['x-kubernetes-preserve-unknown-fields'] = true;
  return out;
}

function convert(key: string, value: unknown): unknown {
  switch (key) {
    case 'properties':
      return Object.fromEntries(
        Object.entries(value as Node).map(([name, each]) => [name, structural(each as Node)]),
      );
    case 'items':
      return structural(value as Node);
    // false is what a structural schema means anyway: unknown fields are pruned
    case 'additionalProperties':
      return value === false ? undefined : structural(value as Node);
    case 'pattern':
      if (/\(\?[=!<]/.test(String(value)))
        throw new Error(`the API server has no look-around: ${String(value)}`);
      return value;
    case 'x-kubernetes-validations':
      return (value as unknown[]).length ? value : undefined;
    default:
      return value;
  }
}
