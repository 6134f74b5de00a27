/**
 * Functions of the server itself that run SQL, call the code of a type or table which is named by a
 * value, or open tables that the text does not name. Planning evaluates a STABLE or IMMUTABLE
 * function whose arguments are known, so a statement that names one of these is refused, by name
 * and whatever its volatility, and so is one that reaches them through a view, a policy, a check or
 * a default. The test that calls every function of each version looks for others.
 */
export const executingBuiltins: ReadonlyMap<string, string> = new Map([
  ...[
    'query_to_xml',
    'query_to_xmlschema',
    'query_to_xml_and_xmlschema',
    'cursor_to_xml',
    'cursor_to_xmlschema',
  ].map((name) => [name, 'runs the query that a value holds'] as const),
  ...['ts_stat', 'ts_rewrite'].map((name) => [name, 'runs the query that a value holds'] as const),
  ...['table', 'schema', 'database']
    .flatMap((what) => [`${what}_to_xml`, `${what}_to_xmlschema`, `${what}_to_xml_and_xmlschema`])
    .map((name) => [name, 'reads tables that a value names'] as const),
  ...[
    'array_in',
    'domain_in',
    'record_in',
    'range_in',
    'multirange_in',
    'pg_input_is_valid',
    'pg_input_error_info',
  ].map(
    (name) =>
      [
        name,
        'reads a value of a type that another value names, and so runs the checks of a domain',
      ] as const,
  ),
  ['satisfies_hash_partition', 'runs the hash functions of a table that a value names'],
]);
