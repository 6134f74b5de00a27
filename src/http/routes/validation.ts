import * as z from 'zod';
import { targetLabel } from '../../resources/kinds/database-target/target.ts';
import { resourcesOf } from '../../resources/kinds/index.ts';
import { readManifests } from '../../resources/manifest.ts';
import { requestLimits } from '../../resources/yaml-documents.ts';
import { validation } from '../answers/validation.ts';
import { type Api, says } from '../api.ts';

/** Needs nothing but the manifests that it is given. */
export function validationRoutes(api: Api): void {
  api.post(
    '/api/v1/validate',
    says('Checks manifests (YAML in the body)', validation, {
      body: z.string().max(requestLimits.characters),
      config: { right: 'none' },
    }),
    async ({ body }) => {
      const { resources, mistakes, refusal } = readManifests(body, requestLimits);
      if (refusal) throw Object.assign(new Error(refusal), { statusCode: 400 });
      const targets = resourcesOf(resources, 'DatabaseTarget');
      return {
        valid: mistakes.length === 0,
        targets: targets.map(({ metadata }) => targetLabel(metadata)),
        mistakes,
      };
    },
  );
}
