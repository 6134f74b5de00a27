import { expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { otlpReceiver } from './otlp-receiver.ts';

it.each([
  ['api-key=abc==, x-tenant=a b', { 'api-key': 'abc==', 'x-tenant': 'a b' }],
  ['Authorization=Basic%20MTIzOmds%3D%2C', { Authorization: 'Basic MTIzOmds=,' }],
  ['api-key=50%off', { 'api-key': '50%off' }],
])('headers are read as OpenTelemetry writes them: %s', (text, headers) => {
  const config = readConfig({
    DBINTEL_OTLP_ENDPOINT: 'http://collector:4318',
    DBINTEL_OTLP_HEADERS: text,
  });
  expect(otlpReceiver(config)?.headers).toEqual(headers);
});
