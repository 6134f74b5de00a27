import { expect, it } from 'vitest';
import { signalUrl } from './otlp-exporter.ts';

it.each([
  ['http://collector:4318', 'http://collector:4318/v1/logs'],
  ['http://collector:4318/', 'http://collector:4318/v1/logs'],
  ['https://in.example/otlp', 'https://in.example/otlp/v1/logs'],
  ['https://in.example/otlp/?key=a/b', 'https://in.example/otlp/v1/logs?key=a/b'],
  ['https://in.example?key=a', 'https://in.example/v1/logs?key=a'],
])('the path of a signal stands where paths stand: %s', (endpoint, url) => {
  expect(signalUrl(endpoint, 'logs').href).toBe(url);
});
