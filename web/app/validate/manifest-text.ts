/** A manifest of what a form says; its Secret without the value that only its owner knows. Pure. */
export interface FormValues {
  engine: 'postgres' | 'mysql' | 'mariadb';
  namespace: string;
  name: string;
  host: string;
  port: string;
  database: string;
  via: 'direct' | 'procedure' | 'function';
  tls: 'verify-full' | 'verify-ca' | 'require' | 'disable';
  interval: string;
}

export const usualValues: FormValues = {
  engine: 'postgres',
  namespace: 'shop',
  name: 'orders',
  host: 'orders-db',
  port: '',
  database: 'orders',
  via: 'direct',
  tls: 'verify-full',
  interval: '60s',
};

/** What an engine has: the ways to explain, the database where its statistics are. */
export const ways: Record<FormValues['engine'], readonly FormValues['via'][]> = {
  postgres: ['direct', 'function'],
  mysql: ['direct', 'procedure'],
  mariadb: ['direct', 'procedure'],
};

export function manifestText(values: FormValues): string {
  const { engine, namespace, name, host, port, database, via, tls, interval } = values;
  const lines = [
    'apiVersion: dbintel.io/v1alpha1',
    'kind: DatabaseTarget',
    `metadata: { name: ${word(name)}, namespace: ${word(namespace)} }`,
    'spec:',
    `  engine: ${engine}`,
    '  connection:',
    `    host: ${word(host)}`,
    ...(port ? [`    port: ${word(port)}`] : []),
    ...(engine === 'postgres' ? [`    database: ${word(database)}`] : []),
    `    credentials: { secretRef: { name: ${word(`${name}-dbintel`)} } }`,
    ...(tls === 'verify-full' ? [] : [`    tls: { mode: ${tls} }`]),
    ...(via === 'direct' ? [] : [`  explain: { via: ${via} }`]),
    ...(interval === '60s' ? [] : [`  collection: { interval: ${word(interval)} }`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The password is put in where the file is kept, not here. */
export function secretText({ namespace, name }: FormValues): string {
  return `${[
    'apiVersion: v1',
    'kind: Secret',
    `metadata: { name: ${word(`${name}-dbintel`)}, namespace: ${word(namespace)} }`,
    'stringData: { username: dbintel, password: "" }  # put the password in before you apply it',
  ].join('\n')}\n`;
}

/** What YAML would read as something else than these letters stands in quotes. */
const word = (text: string): string =>
  /^[a-zA-Z][\w.-]*$|^\d+$|^\d+(?:ms|s|m|h)$/.test(text) &&
  !/^(?:true|false|null|yes|no)$/i.test(text)
    ? text
    : JSON.stringify(text);
