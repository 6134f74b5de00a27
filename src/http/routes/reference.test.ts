import { expect, it } from 'vitest';
import { apiNow, openApi } from '../../../test/support/api.ts';
import { makeBatch } from '../../../test/support/batch.ts';

it('rules, codes and the schema of a manifest come whole', async () => {
  const api = await openApi([makeBatch({ at: apiNow })]);
  const { body: rules } = await api.ask('GET', '/api/v1/rules');
  expect(rules['items']).toContainEqual(
    expect.objectContaining({
      id: 'full-scan',
      engines: ['postgres', 'mysql', 'mariadb'],
      thresholds: expect.arrayContaining([expect.objectContaining({ unit: expect.any(String) })]),
    }),
  );
  const { body: codes } = await api.ask('GET', '/api/v1/codes');
  expect(codes['items']).toContainEqual(
    expect.objectContaining({ code: 'prerequisite_missing', action: 'human' }),
  );
  expect(codes['states']).toContainEqual(
    expect.objectContaining({ state: 'circuit-open', kind: 'needs-you' }),
  );
  const { headers, body } = await api.fetch('/api/v1/schema/databasetarget');
  expect(headers['content-type']).toMatch('application/schema+json');
  expect(JSON.parse(body)).toMatchObject({
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { spec: { properties: { engine: { enum: expect.any(Array) } } } },
  });
  await api.close();
});
