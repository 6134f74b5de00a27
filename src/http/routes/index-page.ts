import { index } from '../answers/index-page.ts';
import { type Api, says } from '../api.ts';

export interface IndexDeps {
  version: string;
}

export function indexRoutes(api: Api, { version }: IndexDeps): void {
  const page = {
    name: 'dbintel',
    version,
    targets: '/api/v1/targets',
    findings: '/api/v1/findings',
    stops: '/api/v1/stops',
    openapi: '/api/v1/openapi.json',
  };
  api.get('/', says('What is here', index, {}), async () => page);
  api.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => api.swagger());
}
