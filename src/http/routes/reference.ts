import { codes as table } from '../../base/codes.ts';
import { stateWords } from '../../fleet/states.ts';
import { manifestSchemaOf } from '../../resources/crd.ts';
import { databaseTarget } from '../../resources/kinds/database-target/kind.ts';
import { codes } from '../answers/codes.ts';
import { document } from '../answers/common.ts';
import { type RulesAnswer, rules } from '../answers/rules.ts';
import { type Api, says } from '../api.ts';

/** What does not change while the program runs: rules, codes, and what a manifest may say. */
export interface ReferenceDeps {
  rules: RulesAnswer['items'];
}

export function referenceRoutes(api: Api, deps: ReferenceDeps): void {
  api.get('/api/v1/rules', says('Every rule, with what it teaches', rules, {}), async () => ({
    items: deps.rules,
  }));
  const items = Object.entries(table).map(([code, { scope, action, meaning, remedy }]) => ({
    code: code as keyof typeof table,
    scope,
    action,
    meaning,
    remedy,
  }));
  const states = Object.entries(stateWords).map(([state, words]) => ({
    state: state as keyof typeof stateWords,
    ...words,
  }));
  api.get(
    '/api/v1/codes',
    says('Every code and every state of a target, with what to do', codes, {}),
    async () => ({ items, states }),
  );
  const schema = JSON.stringify(manifestSchemaOf(databaseTarget));
  api.get(
    '/api/v1/schema/databasetarget',
    says('What a DatabaseTarget may say, as JSON Schema', document, {}),
    async (_, reply) => reply.type('application/schema+json').send(schema),
  );
}
