import { requestLimits } from '../resources/yaml-documents.ts';
import type { Api } from './api.ts';

/**
 * What a request may carry. A stop and a resumption are some lines of JSON; brackets in brackets
 * take the loop a while before they are refused. Manifests are YAML, in UTF-8 and no other, and
 * are taken only where they are asked for: elsewhere nothing of them is kept in memory.
 */
const jsonLimit = 65_536;
/** A character has four bytes at most. */
const yamlLimit = 4 * requestLimits.characters;
/** Where whoever asks has not been asked who they are: a token, no more. */
export const openLimit = 16_384;

export function readBodies(server: Api): void {
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: jsonLimit },
    server.getDefaultJsonParser('error', 'error'),
  );
}

/** For the routes of this scope. */
export function readManifestBodies(server: Api): void {
  server.addContentTypeParser(
    ['application/yaml', 'text/yaml', 'text/plain'],
    { parseAs: 'buffer', bodyLimit: yamlLimit },
    (_, body, done) => {
      const text = typeof body === 'string' ? body : decode(body);
      if (text === undefined)
        done(Object.assign(new Error('the text is not UTF-8'), { statusCode: 400 }));
      else done(null, text);
    },
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
function decode(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}
